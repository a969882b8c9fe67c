import type { Tool } from "../../tools/index.js";
import type { UsageMeter } from "../usage-meter.js";
import type { TokenWriter } from "./token-writer.js";

export interface ChosenTool {
  readonly tool: Tool;
  /** Of the name, given that there is a call. */
  readonly probability: number;
}

/**
 * Share of the model's own distribution that the names of its tools must have after a call was opened. A model that
 * would rather write another name has no tool for the request. Measured on BFCL's irrelevance and live_simple sets.
 */
const MIN_NAMES_MASS = 0.5;

/**
 * Writes the most probable of the tools' names without a grammar.
 *
 * @param open what opens a call
 * @param end first character after a name
 * @returns undefined, and the sequence as it was: the model would write the name of another tool
 */
export async function chooseName(
  writer: TokenWriter,
  tools: readonly Tool[],
  { open, end, usage }: { readonly open: string; readonly end: string; readonly usage: UsageMeter },
): Promise<ChosenTool | undefined> {
  const { length } = writer;
  const { argumentTokens } = usage;
  await writer.force(open);
  let text = "";
  let probability = 1;
  let mass = 1;
  for (;;) {
    const output = await writer.output();
    const fitting = [...output.ids.keys()].filter((i) => {
      const piece = writer.pieceOf(output.ids[i]!);
      return piece !== "" && tools.some(({ name }) => agree(text + piece, name + end));
    });
    mass *= fitting.reduce((sum, i) => sum + output.probs[i]!, 0);
    const [best] = fitting;
    if (best === undefined || mass < MIN_NAMES_MASS) {
      await writer.rollBack(length);
      usage.argumentTokens = argumentTokens;
      return undefined;
    }
    probability *= output.probs[best]!;
    const id = output.ids[best]!;
    const next = text + writer.pieceOf(id);
    const tool = tools.find(({ name }) => next.startsWith(name + end));
    if (tool !== undefined) {
      // The token goes beyond the name's end; where it begins before it, the name's end is read again.
      if (text !== tool.name) {
        await writer.rollBack(length);
        await writer.force(open + tool.name);
      }
      return { tool, probability };
    }
    text = next;
    usage.argumentTokens++;
    await writer.write(id);
  }
}

function agree(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
