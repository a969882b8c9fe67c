import test from "ava";
import { detectSyntax } from "../../../src/prompts/chat/call-syntax.js";

const QUESTION = "<|user|>qzx_question<|end|><|assistant|>";
const detected = test.macro<[string, readonly [string, string, string] | undefined]>({
  exec: (t, turn, syntax) => {
    const found = detectSyntax(QUESTION, `${QUESTION}${turn}<|end|><|tool|>qzx_result<|end|>`, ["<|end|>"]);
    t.deepEqual(
      found && [found.open, found.middle, found.close],
      syntax as [string, string, string] | undefined,
    );
  },
  title: (what) => what ?? "",
});

test(
  "Hermes and Qwen",
  detected,
  '<tool_call>\n{"name": "qzx_name", "arguments": {"qzx_key": "qzx_value"}}\n</tool_call>',
  ['<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>"],
);
test("Llama 3.1", detected, '{"name": "qzx_name", "parameters": {"qzx_key": "qzx_value"}}', [
  '{"name": "',
  '", "parameters": ',
  "}",
]);
test(
  "Mistral",
  detected,
  '[TOOL_CALLS][{"name": "qzx_name", "arguments": {"qzx_key": "qzx_value"}, "id": "qzxcall00"}]',
  ['[TOOL_CALLS][{"name": "', '", "arguments": ', ', "id": "qzxcall00"}]'],
);
test("a template that leaves calls out", detected, "", undefined);
test("a name without quotes", detected, '<function=qzx_name>{"qzx_key": "qzx_value"}</function>', undefined);
