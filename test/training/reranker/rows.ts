// Mined rows of our own, so that rerankers can be trained without a head.
import { mathTools, type Tool } from "../../../src/index.js";
import { REJECT } from "../../../src/reranker/reranker.js";
import type { RerankRow } from "../../../src/training/index.js";
import { arithmeticTexts, arithmeticTools } from "../texts.js";

export const rowTools: readonly Tool[] = mathTools.filter(({ name }) => arithmeticTools.includes(name));

/**
 * Two rows of each text: its call, whose tentative tool is wrong in every fourth text, and a number after "So, the
 * answer is", where the head would call once more and should not.
 */
export function minedRows(texts: number, seed = 1): RerankRow[] {
  return arithmeticTexts(texts, seed).flatMap(({ text, calls, questionEnd }, at) => {
    const { tool, start, result } = calls[0]!;
    const question = text.slice("Q: ".length, questionEnd).replace(/\nA:$/, "");
    const others = arithmeticTools.filter((other) => other !== tool);
    const ranked = at % 4 === 0 ? [others[0]!, tool, others[1]!] : [tool, ...others];
    const common = { example: `text-${at}`, question };
    const answer = text.slice(questionEnd, text.lastIndexOf(` ${result}.`));
    return [
      {
        ...common,
        id: `${at}:call`,
        text: text.slice(questionEnd, start),
        label: tool,
        tools: outcomes(ranked),
        margin: 1,
      },
      {
        ...common,
        id: `${at}:answer`,
        text: answer,
        label: REJECT,
        tools: outcomes([tool, ...others]),
        margin: 0.5,
      },
    ];
  });
}

export function outcomes(tools: readonly string[]): RerankRow["tools"] {
  return tools.map((tool, at) => ({ tool, logit: 5 - at, probability: 0.5 / 2 ** at }));
}
