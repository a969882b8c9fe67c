// Tools in the prompt: the list that the model reads, and calls that it writes as text.
import test from "ava";
import { usageOf } from "../../../src/generation/usage-meter.js";
import { answerInContext, toolList } from "../../../src/lab/experiments/methods/in-context.js";
import { type GenerateResult, defineTool, type FinishReason, mathTools } from "../../../src/index.js";
import { toolSet } from "../../../src/tools/index.js";

const tools = toolSet(mathTools.filter(({ name }) => name === "add" || name === "sqrt"));

test("the list names every tool, then some of their worked examples", (t) => {
  const twice = defineTool({
    name: "twice",
    description: "Twice a number.",
    parameters: { positional: ["number"] },
    demonstrations: "Q: Twice 4?\nA: It is <twice>(4)=8.\n\nQ: Twice 5?\nA: It is <twice>(5)=10.",
    execute: ([n]) => 2 * n!,
  });
  t.is(
    toolList([twice], { general: "Q: [QUESTION]\nA:", tools: {} }),
    "Answer the questions. A tool is called as <name>(arguments)= and its result is written behind it. " +
      "The tools are:\n\ntwice(number): Twice a number.\n\nQ: Twice 4?\nA: It is <twice>(4)=8.",
  );
  const own = { general: "", tools: { twice: "Use it:\n\nQ: 1?\nA: <twice>(1)=2\n\nQ: [QUESTION]\nA:" } };
  t.true(toolList([twice], own).endsWith("\n\nQ: 1?\nA: <twice>(1)=2"));
});

/** A model that writes these parts one after the other; tells what it was given. */
function scripted(parts: readonly (readonly [text: string, reason: FinishReason])[]) {
  const given: string[] = [];
  const goOn = (text: string): Promise<GenerateResult> => {
    const [written, finishReason] = parts[given.length]!;
    given.push(text);
    const usage = usageOf({ textTokens: 10, decodedTokens: 12 });
    return Promise.resolve({
      text: written,
      transcript: written,
      toolCalls: [],
      toolErrors: [],
      reranks: [],
      finishReason,
      usage,
    });
  };
  return { given, goOn };
}

test("a call is carried out and its result takes its place", async (t) => {
  const { given, goOn } = scripted([
    [" 12+30=<add>(12, 30)=", "stop"],
    [", its root <sqrt>(42)=", "stop"],
    [". So, the answer is 6.48.", "stop"],
  ]);
  const answer = await answerInContext(goOn, tools, {});
  t.deepEqual(given, ["", " 12+30=42", " 12+30=42, its root 6.48"]);
  t.is(answer.text, " 12+30=42, its root 6.48. So, the answer is 6.48.");
  t.is(answer.transcript, " 12+30=<add>(12, 30)=42, its root <sqrt>(42)=6.48. So, the answer is 6.48.");
  t.deepEqual(
    answer.toolCalls.map(({ toolName: tool, inputText: argumentsText, outputText: result, start, end }) => [
      tool,
      argumentsText,
      result,
      answer.text.slice(start, end),
    ]),
    [
      ["add", "12, 30", "42", "42"],
      ["sqrt", "42", "6.48", "6.48"],
    ],
  );
  t.like(answer, { finishReason: "stop", usage: { details: { textTokens: 30, decodedTokens: 36 } } });
});

test("what fails or is not a tool stays as it was written, and the model goes on", async (t) => {
  const { given, goOn } = scripted([
    ["<sqrt>(-1)=", "stop"],
    ["1 <cube>(3)=", "stop"],
    ["27", "stop"],
  ]);
  const answer = await answerInContext(goOn, tools, {});
  t.deepEqual(given, ["", "<sqrt>(-1)=", "<sqrt>(-1)=1 <cube>(3)="]);
  t.deepEqual(answer.toolCalls, []);
  t.deepEqual(
    answer.toolErrors.map(({ toolName: tool, inputText: argumentsText, code }) => [
      tool,
      argumentsText,
      code,
    ]),
    [
      ["sqrt", "-1", "TOOL_ARGUMENTS_INVALID"],
      ["cube", "3", "UNKNOWN_TOOL"],
    ],
  );
  t.is(answer.text, "<sqrt>(-1)=1 <cube>(3)=27");
});

test("calls and tokens have their limits", async (t) => {
  const one = scripted([
    ["<add>(1, 2)=", "stop"],
    [" <add>(3, 4)=", "stop"],
  ]);
  t.is((await answerInContext(one.goOn, tools, { maxToolCalls: 1 })).text, "3 <add>(3, 4)=");
  const short = scripted([["<add>(1, 2)=", "stop"]]);
  const answer = await answerInContext(short.goOn, tools, { maxOutputTokens: 10 });
  t.like(answer, { text: "<add>(1, 2)=", finishReason: "length", toolCalls: [] });
});
