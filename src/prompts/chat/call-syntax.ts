import type { Message } from "./messages.js";

/** How a model writes tool calls in its text. */
export interface CallSyntax {
  /** Opens a call, up to the tool's name. */
  readonly open: string;
  /** From the name's end to where the arguments begin. */
  readonly middle: string;
  /** Closes a call after its arguments. */
  readonly close: string;
  /** Beginnings of a turn that mean a call although they are not in this syntax. */
  readonly lenient: RegExp;
}

/** Small models leave the tags out, or put the JSON into a code block. */
const LENIENT = /^\s*(?:```(?:json|xml)?\s*)?(?:<tools?>\s*)?\{\s*"(?:name|function)"\s*:/u;

/** The syntax of Hermes and Qwen; for models whose template has none. */
export const GENERIC_SYNTAX: CallSyntax = {
  open: '<tool_call>\n{"name": "',
  middle: '", "arguments": ',
  close: "}\n</tool_call>",
  lenient: LENIENT,
};

const NAME = "qzx_name";
const INPUT = { qzx_key: "qzx_value" };
const RESULT = "qzx_result";

/** A conversation with one call, whose rendering shows the template's syntax. */
export const SYNTAX_PROBE: {
  readonly question: readonly Message[];
  readonly answered: readonly Message[];
  readonly toolName: string;
} = {
  toolName: NAME,
  question: [{ role: "user", content: "qzx_question" }],
  answered: [
    { role: "user", content: "qzx_question" },
    {
      role: "assistant",
      content: "",
      toolCalls: [{ toolCallId: "qzxcall00", toolName: NAME, input: INPUT }],
    },
    { role: "tool", toolCallId: "qzxcall00", toolName: NAME, content: RESULT },
  ],
};

/**
 * The syntax of a template, or undefined when it writes calls in none that is known.
 *
 * @param question the rendering of the probe's question, up to where the assistant writes
 * @param answered the rendering of the whole probe
 * @param ends texts of the tokens that end a turn
 */
export function detectSyntax(
  question: string,
  answered: string,
  ends: readonly string[],
): CallSyntax | undefined {
  if (!answered.startsWith(question) || !answered.includes(RESULT)) return undefined;
  const turn = answered.slice(question.length);
  const name = turn.indexOf(NAME);
  const input = /\{\s*"qzx_key":\s*"qzx_value"\s*\}/u.exec(turn);
  if (name < 0 || input === null || input.index < name) return undefined;
  const open = turn.slice(0, name);
  const middle = turn.slice(name + NAME.length, input.index);
  const rest = turn.slice(input.index + input[0].length);
  const end = Math.min(...ends.map((text) => rest.indexOf(text)).filter((at) => at >= 0));
  // The name stands in quotes, and something must announce the call.
  if (!middle.startsWith('"') || open.trim() === "" || end === Infinity) return undefined;
  return { open, middle, close: rest.slice(0, end).trimEnd(), lenient: LENIENT };
}
