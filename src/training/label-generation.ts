import type { TrainingExample } from "../examples/example.js";

const NUMBER = /\d+(?:,\d{3})*(?:\.\d+)?/g;

/**
 * A generation as a training example: its first computed number (in neither the question nor the reference call's
 * arguments) is labelled as the result of the reference call's tool, whether or not it is correct. The text is cut
 * before the next computed number, whose label is unknown.
 *
 * @returns undefined when no number was computed.
 */
export function labelGeneration(
  example: TrainingExample,
  question: string,
  generation: string,
): TrainingExample | undefined {
  const [call] = example.calls;
  if (call === undefined || example.questionEnd === undefined) return undefined;
  const given = new Set(numbersOf(`${question} ${call.args}`));
  // A call may contain 4 % as 0.04, 1.04 or 0.96.
  for (const [percent] of question.matchAll(/\d+(?:\.\d+)?(?=\s?(?:%|percent))/g)) {
    for (const share of [Number(percent) / 100, 1 + Number(percent) / 100, 1 - Number(percent) / 100]) {
      given.add(valueOf(share.toFixed(6)));
    }
  }
  const answer = generation.trimEnd();
  const computed = [...answer.matchAll(NUMBER)].filter(
    (match) => !given.has(valueOf(match[0])) && !isListNumber(answer, match.index, match[0].length),
  );
  const [number] = computed;
  if (number === undefined) return undefined;
  const end = number.index + number[0].length;
  const next = computed.find(({ 0: other, index }) => index >= end && valueOf(other) !== valueOf(number[0]));
  const labelled = next === undefined ? answer : answer.slice(0, next.index).trimEnd();

  const head = example.text.slice(0, example.questionEnd);
  const start = head.length + number.index;
  return {
    text: head + labelled,
    calls: [
      {
        tool: call.tool,
        start,
        end: start + number[0].length,
        args: call.args,
        result: number[0],
      },
    ],
    questionEnd: example.questionEnd,
    ...(example.source === undefined ? {} : { source: example.source }),
  };
}

function numbersOf(text: string): string[] {
  return [...text.matchAll(NUMBER)].map(([number]) => valueOf(number));
}

/** The same for `1,200`, `1200` and `1200.0`. */
function valueOf(number: string): string {
  return String(Number(number.replaceAll(",", "")));
}

/** `2` of a line that begins with `2.` or `Step 2:`, and digits that are part of a word. */
function isListNumber(text: string, at: number, length: number): boolean {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  if (/^\s*(?:step\s*)?$/i.test(line) && /^[.):]\s/.test(text.slice(at + length))) return true;
  return /[A-Za-z_]$/.test(text.slice(0, at)) || /^[A-Za-z_]/.test(text.slice(at + length));
}
