import { expression } from "./arithmetic.js";
import type { Quantities } from "./draws.js";
import { show, type NumberStyle } from "./number-style.js";
import type { ReasoningPart, WordProblemCall } from "./problem.js";
import type { Random } from "./random.js";
import { sentences, type Split } from "./sentences.js";
import { choose, fill, tidy } from "./wording.js";
import type { Words } from "./words.js";

/** A sentence that copies a number of the question; empty when the question has none. */
export function drawAside(split: Split, random: Random, wording: string, quantities: Quantities): string {
  const shown = Object.keys(quantities).filter((name) => wording.includes(`{${name}}`));
  if (shown.length === 0) return "";
  const aside = choose(random.pick(sentences().asides[split]), random);
  return `${aside.replace("{given}", `{${random.pick(shown)}}`)} `;
}

/** The answer with its slots filled, split at the results of its calls. */
export function fillReasoning(
  wording: string,
  calls: readonly WordProblemCall[],
  words: Words,
  quantities: Quantities,
  style: NumberStyle,
): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  const spoken: NumberStyle = { ...style, separators: false, words: false };
  const text = tidy(
    fill(wording, (slot) => {
      if (/^[=!#]\d$/.test(slot)) return `{${slot}}`;
      if (slot === "verb") return sentences().verbs[calls[0]!.operator];
      const quantity = quantities[slot];
      return quantity === undefined ? words.get(slot) : show(quantity, spoken);
    }),
  );
  for (const piece of text.split(/(\{[=!#]\d\})/)) {
    const slot = /^\{([=!#])(\d)\}$/.exec(piece);
    if (slot === null) {
      if (piece !== "") parts.push(piece);
      continue;
    }
    const call = calls[Number(slot[2]) - 1]!;
    if (slot[1] === "#") parts.push(call.result);
    else {
      if (slot[1] === "=") parts.push(`${expression(call.operator, call.args)}=`);
      parts.push({ call: Number(slot[2]) - 1 });
    }
  }
  return parts;
}
