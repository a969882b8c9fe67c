// Tool mode needs to see how a tool's arguments are written; the training texts show it.
import { QUESTION_SLOT, splitAtQuestion } from "../../prompts/prompts.js";
import type { PreparedDataSet } from "./prepared.js";

const DEMONSTRATIONS = 3;

/** Prompts by tool, of its first training texts with the calls written out; tools without texts have none. */
export function demonstrationPrompts({ parts, prompt }: PreparedDataSet): Map<string, string> {
  const form = prompt ?? QUESTION_SLOT;
  const { before, after } = splitAtQuestion(form);
  const shown = new Map<string, string[]>();
  for (const { text, calls } of parts.flatMap(({ examples }) => examples)) {
    const [call] = calls;
    if (call === undefined) continue;
    const demonstrations = shown.get(call.tool) ?? [];
    shown.set(call.tool, demonstrations);
    if (demonstrations.length >= DEMONSTRATIONS) continue;
    demonstrations.push(
      `${text.slice(0, call.start)}<${call.tool}>(${call.args})=${call.result}${text.slice(call.end)}`,
    );
  }
  return new Map(
    [...shown].map(([tool, texts]) => [tool, [...texts, `${before}${QUESTION_SLOT}${after}`].join("\n\n")]),
  );
}
