import test from "ava";
import { detectSyntax } from "../../../src/prompts/chat/call-syntax.js";

const PROMPT = "<|user|>qzx_question<|end|><|assistant|>";
const CONTROLS = ["<|end|>", "<|calls_end|>", "[TOOL_CALLS]", "<|call|>", "<|close|>"];

interface Expected {
  readonly texts: readonly [string, string, string];
  readonly trigger: string;
  readonly startsTurn?: boolean;
}
const detected = test.macro<[string, Expected | undefined, string?]>({
  exec: (t, turn, expected, answer = "qzx_text") => {
    const found = detectSyntax(PROMPT, `${PROMPT}${turn}`, `${PROMPT}${answer}<|end|>`, CONTROLS);
    if (found === undefined || expected === undefined) return t.is(found, expected as undefined);
    const { open, middle, close, trigger, startsTurn } = found;
    const texts = [open, middle, close].map((text) => text("abcdefghi"));
    t.deepEqual({ startsTurn: false, ...expected }, { texts, trigger, startsTurn } as never);
  },
  title: (what) => what ?? "",
});

test(
  "Hermes and Qwen",
  detected,
  '<tool_call>\n{"name": "qzx_name", "arguments": {"qzx_key": "qzx_value"}}\n</tool_call><|end|>',
  { texts: ['<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>"], trigger: "<tool_call>" },
);
test(
  "Llama 3.1: JSON that is a call at the start of a turn alone",
  detected,
  '{"name": "qzx_name", "parameters": {"qzx_key": "qzx_value"}}<|end|>',
  { texts: ['{"name": "', '", "parameters": ', "}"], trigger: '{"name": "', startsTurn: true },
);
test(
  "Mistral Nemo, with the call's own id after the arguments",
  detected,
  '[TOOL_CALLS][{"name": "qzx_name", "arguments": {"qzx_key": "qzx_value"}, "id": "qzxcall00"}]<|end|>',
  {
    texts: ['[TOOL_CALLS][{"name": "', '", "arguments": ', ', "id": "abcdefghi"}]'],
    trigger: "[TOOL_CALLS]",
  },
);
test(
  "Mistral Small, with the id after the name",
  detected,
  '[TOOL_CALLS]qzx_name[CALL_ID]qzxcall00[ARGS]{"qzx_key": "qzx_value"}<|end|>',
  { texts: ["[TOOL_CALLS]", "[CALL_ID]abcdefghi[ARGS]", ""], trigger: "[TOOL_CALLS]" },
);
test(
  "Solar, with the id before the name",
  detected,
  '<|call|>qzxcall00<|name|>qzx_name<|args|>{"qzx_key": "qzx_value"}<|end|>',
  { texts: ["<|call|>abcdefghi<|name|>", "<|args|>", ""], trigger: "<|call|>" },
);
test(
  "Kimi K3, whose texts begin with the same token",
  detected,
  '<|close|>call="qzx_name">{"qzx_key": "qzx_value"}<|end|>',
  { texts: ['<|close|>call="', '">', ""], trigger: '<|close|>call="' },
  "<|close|>qzx_text",
);
test(
  "Functionary, with a turn of calls that ends otherwise",
  detected,
  '<function=qzx_name>{"qzx_key": "qzx_value"}</function><|calls_end|>',
  { texts: ["<function=", ">", "</function>"], trigger: "<function=" },
);
test("a template that leaves calls out", detected, "<|end|>", undefined);
test("nothing announces the call", detected, 'qzx_name {"qzx_key": "qzx_value"}<|end|>', undefined);
test("an id alone announces it", detected, 'qzxcall00:qzx_name={"qzx_key": "qzx_value"}<|end|>', undefined);
test(
  "arguments without JSON",
  detected,
  "<function=qzx_name><qzx_key>qzx_value</function><|end|>",
  undefined,
);
