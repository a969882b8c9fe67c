import { templateCallId } from "./dialect.js";

/** How a model writes tool calls in its text. Some write the call's id too. */
export interface CallSyntax {
  /** Opens a call, up to the tool's name. */
  readonly open: (toolCallId: string) => string;
  /** From the name's end to where the arguments begin; its first character can't be part of a name. */
  readonly middle: (toolCallId: string) => string;
  /** Closes a call after its arguments. */
  readonly close: (toolCallId: string) => string;
  /** What shows in the model's text that it opens a call: a tag or a control token where `open` begins with one. */
  readonly trigger: string;
  /** The trigger could begin a text of another kind, such as JSON: it counts at the start of a turn alone. */
  readonly startsTurn: boolean;
  readonly lenient: LenientOpening;
}

/** Calls at the start of a line that are not in the model's own syntax. */
export interface LenientOpening {
  /** Up to the arguments. */
  readonly whole: RegExp;
  /** Up to the name. */
  readonly toName: RegExp;
  /** The end of a text that may become one. */
  readonly beginning: RegExp;
}

/**
 * Small models leave the tags out, put the JSON into a code block, write OpenAI's form, or double the braces as their
 * template's example does.
 */
const LENIENT: LenientOpening = {
  whole:
    /(?:^|\n)[^\S\n]*(?:```\w*\s*)?(?:(?:<\w*)?>\s*)?\[?\s*\{\{?\s*(?:"type"\s*:\s*"function"\s*,\s*)?"(?:name|function)"\s*:\s*(?:\{\s*"name"\s*:\s*)?"[^"\n]{1,128}"\s*,\s*"(?:arguments|parameters|args|input)"\s*:/u,
  toName:
    /(?:^|\n)[^\S\n]*(?:```\w*\s*)?(?:(?:<\w*)?>\s*)?\[?\s*\{\{?\s*(?:"type"\s*:\s*"function"|"(?:name|function)"\s*:)/u,
  beginning: /(?:^|\n)[^\S\n]*(?:`{1,2}|```\w*\s*)?(?:<\w*>?\s*|>\s*)?\[?\s*(?:\{\{?\s*(?:"[^}]{0,200})?)?$/u,
};

const TAG = /^<[\w|:-]+>/u;

/** The syntax of Hermes and Qwen; for models whose template has none. */
export const GENERIC_SYNTAX = callSyntax('<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>", {
  trigger: "<tool_call>",
});

/**
 * A syntax by its texts.
 *
 * @param id the id that stands in them and is replaced by each call's own
 * @param trigger the part of `open` that announces a call
 */
function callSyntax(
  open: string,
  middle: string,
  close: string,
  { id = "", trigger }: { readonly id?: string; readonly trigger: string },
): CallSyntax {
  const withId =
    (text: string) =>
    (toolCallId: string): string =>
      id === "" ? text : text.replaceAll(id, templateCallId(toolCallId));
  return {
    open: withId(open),
    middle: withId(middle),
    close: withId(close),
    trigger,
    startsTurn: /^(?:\{|\[[{"\s])/u.test(trigger),
    lenient: LENIENT,
  };
}

/** Texts that a rendered probe is searched for. */
export const PROBE = {
  question: "qzx_question",
  text: "qzx_text",
  toolName: "qzx_name",
  description: "qzx_description",
  input: { qzx_key: "qzx_value" },
  callId: "qzxcall00",
  result: "qzx_result",
} as const;

const INPUT = /\{\s*"qzx_key":\s*"qzx_value"\s*\}/u;
const NAME_CHARACTER = /[\w.-]/u;
/** What generation prompts hold besides the assistant's header: an empty thought. */
const THOUGHT = /^\s*(?:<think>\s*(?:<\/think>\s*)?)?$/u;

/**
 * The syntax of a template, or undefined when it writes calls in a form without JSON arguments after the name.
 *
 * @param prompt rendering of the probe's question, up to where the assistant writes
 * @param called rendering of question and call, without the start of a further turn
 * @param answered rendering of question and an answer in text, without the start of a further turn
 * @param controls names of control tokens
 */
export function detectSyntax(
  prompt: string,
  called: string,
  answered: string,
  controls: readonly string[],
): CallSyntax | undefined {
  const shared = commonPrefix(prompt, called);
  if (!THOUGHT.test(prompt.slice(shared))) return undefined;
  const turn = called.slice(shared).replace(/^\s*<think>\s*<\/think>\s*/u, "");
  const name = turn.indexOf(PROBE.toolName);
  const input = INPUT.exec(turn);
  if (name < 0 || input === null || input.index < name) return undefined;
  const open = turn.slice(0, name);
  const middle = turn.slice(name + PROBE.toolName.length, input.index);
  const rest = turn.slice(input.index + input[0].length);
  const close = beforeEnd(rest, afterText(answered), controls);
  // Something must announce the call, and something must end the name.
  if (close === undefined || open.trim() === "" || middle === "" || NAME_CHARACTER.test(middle[0]!)) {
    return undefined;
  }
  const id = PROBE.callId;
  if (open.trimStart().startsWith(id) || middle.startsWith(id)) return undefined;
  const start = open.trimStart();
  const tag = controls.find((name) => start.startsWith(name)) ?? TAG.exec(start)?.[0];
  const callsAlone = tag !== undefined && !answered.slice(shared).includes(tag);
  return callSyntax(open, middle, close.trimEnd(), { id, trigger: callsAlone ? tag : start.split(id)[0]! });
}

/** The text without the end of the turn, which is what follows a turn of text too; or else the first control token. */
function beforeEnd(rest: string, end: string | undefined, controls: readonly string[]): string | undefined {
  if (end !== undefined && end !== "" && rest.endsWith(end)) return rest.slice(0, -end.length);
  const places = controls.map((name) => rest.indexOf(name)).filter((at) => at >= 0);
  return places.length === 0 ? undefined : rest.slice(0, Math.min(...places));
}

function afterText(answered: string): string | undefined {
  const at = answered.lastIndexOf(PROBE.text);
  return at < 0 ? undefined : answered.slice(at + PROBE.text.length);
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
