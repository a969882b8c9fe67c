import test from "ava";
import { GENERIC_SYNTAX } from "../../../src/prompts/chat/call-syntax.js";
import { turnEnd } from "../../../src/prompts/chat/turn-end.js";

const END = "<|end|>\n<|user|>Thanks";
const call = { toolCallId: "a", toolName: "weather", input: { city: "Oslo", days: [1, 2] } };
const written = '<tool_call>\n{"name": "weather", "arguments": {"city":"Oslo", "days": [1,2]}}\n</tool_call>';

const ends = test.macro<[string, string, (readonly (typeof call)[])?]>({
  exec: (t, rest, content, toolCalls) => {
    const message = { role: "assistant" as const, content, ...(toolCalls && { toolCalls }) };
    t.is(turnEnd(rest + END, message, GENERIC_SYNTAX), rest.length);
  },
  title: (what) => what ?? "",
});

test("text", ends, "It rains.", "It rains.");
test("text that the template trims", ends, "It rains.", " It rains.\n");
test("text after an empty thought", ends, "<think>\n\n</think>\n\nIt rains.", "It rains.");
test("no text", ends, "", "");
test("a call with other white space", ends, written, "", [call]);
test("text and two calls", ends, `I look.\n${written}\n${written}`, "I look.", [call, call]);
test("a call whose text the template leaves out", ends, written, "I look.", [call]);

test("another message", (t) => {
  t.is(turnEnd(`It snows.${END}`, { role: "assistant", content: "It rains." }, GENERIC_SYNTAX), undefined);
  const other = { ...call, input: { city: "Rome", days: [1, 2] } };
  const message = { role: "assistant" as const, content: "", toolCalls: [other] };
  t.is(turnEnd(written + END, message, GENERIC_SYNTAX), undefined);
  t.is(turnEnd("", message, GENERIC_SYNTAX), undefined);
});
