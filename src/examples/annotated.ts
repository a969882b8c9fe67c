// The raw form: `{ question, answer }` with each call written out as `<op>(args)=result<eoe>result`.
import type { TrainingExample } from "./example.js";
import { bareToolName } from "../tools/tool-name.js";
import { type SourceRecord, textField } from "./records.js";
import { continuesNumber, leftoverMarkup, ResultText } from "./result-text.js";

// Arguments stop at the first `)` that an equals sign follows, so that `(1+2)/3` may be among them.
const CALL = /<([^<>\s]+)>\(([^<]*?)\)\s*=\s*([^<=]*)<eoe>/g;

/**
 * `Q: {question}\nA: {answer}` with results in place. White space of question and answer stays as it is (the
 * published aligned form keeps it too). What follows `<eoe>` usually repeats the result; then the repetition
 * is the result's place.
 *
 * @returns the example, or in words why the record gives none.
 */
export function readAnnotated(record: SourceRecord): TrainingExample | string {
  const question = textField(record, "question");
  const answer = textField(record, "answer");
  const text = new ResultText(`Q: ${question}\nA:`);
  text.append(" ");

  let rest = 0;
  for (const match of answer.matchAll(CALL)) {
    const [call, name, args, written] = match as unknown as [string, string, string, string];
    if (match.index < rest) return `the result before ${call} is not what follows its <eoe>`;
    const result = written.trim();
    if (result === "") return `the call ${call} has no result`;
    text.append(answer.slice(rest, match.index));
    rest = match.index + call.length;

    const following = answer.slice(rest);
    const space = following.length - following.trimStart().length;
    const repeats = following.startsWith(result, space);
    if (repeats) {
      text.append(following.slice(0, space));
      rest += space + result.length;
    }
    if (continuesNumber(answer.slice(rest))) {
      return `the call ${call} is followed by another number than its result`;
    }
    text.appendResult(bareToolName(name), args.trim(), result);
  }
  text.append(answer.slice(rest));

  const example = text.example(record.location);
  const leftover = leftoverMarkup(example.text);
  return leftover === undefined ? example : `the answer holds an unfinished call (${leftover})`;
}
