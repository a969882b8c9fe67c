// A conversation with one call behind it, and requests that need another one; both contenders get the same.
import { toolTexts, type ToolText } from "./tools.js";

export const SYSTEM = "You look after the company's records. Use the functions.";

export interface ConversationTurn {
  readonly request: string;
  readonly tool: ToolText;
  readonly input: { readonly number: number; readonly days: number };
}

/** The call that the conversation begins with, so that a model sees how calls are written. */
export function firstTurn(count: number): ConversationTurn {
  return turnOf(toolTexts(count)[0]!, 2380, 7);
}

export const FIRST_RESULT = "done";
export const FIRST_ANSWER = "That is done.";

/** The `round`th further request, for a tool of the middle. */
export function laterTurn(count: number, round: number): ConversationTurn {
  return turnOf(toolTexts(count)[Math.floor(count / 2)]!, 4711 + 37 * round, 2 + (round % 7));
}

function turnOf(tool: ToolText, number: number, days: number): ConversationTurn {
  const [action, thing, place] = tool.name.split("_");
  const request = `Please ${action} the ${thing} of the ${place}: number ${number}, within ${days} days.`;
  return { request, tool, input: { number, days } };
}
