import test from "ava";
import { defineTool, loadModel, mathTools, type Tool } from "../../src/index.js";
import { rerankPrompt } from "../../src/reranker/prompt.js";
import { toolSet } from "../../src/tools/index.js";
import { encodeRerankPrompt } from "../../src/reranker/encode.js";
import { resolveDocumentation } from "../../src/reranker/prompt.js";
import { throwsCode } from "../utils/scratch.js";

const weather: Tool = defineTool({
  name: "weather",
  description: "The weather of a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string", description: "Its name." }, days: { type: "integer" } },
    required: ["city"],
  },
  execute: () => "sun",
});
const tools = toolSet([...mathTools, weather]);
const call = { candidates: ["sqrt", "weather", "add"], question: "What is 1 + 1?", text: " 1 + 1 =" };

test("the prompt holds documentation in the set's order, candidates in theirs, and ends with the text", (t) => {
  t.deepEqual(rerankPrompt(tools, call), {
    documentation: `Choose the tool to call next, or REJ to call none.

- add(a, b, …): The sum of two or more numbers.
- sqrt(x): The square root of a number.
- weather({ city, days? }): The weather of a city.
  city (string): Its name.
- REJ: Continue the answer without calling any tool.

`,
    rest: `Candidates: sqrt, weather, add, REJ

Q: What is 1 + 1?
A: 1 + 1 =`,
  });
});

test("the documentation does not depend on the order of the candidates, nor a text on its first space", (t) => {
  const { documentation, rest } = rerankPrompt(tools, call);
  const candidates = ["add", "sqrt", "weather"];
  const other = rerankPrompt(tools, { ...call, candidates, text: "1 + 1 =" });
  t.is(other.documentation, documentation);
  t.is(other.rest, rest.replace("sqrt, weather, add", "add, sqrt, weather"));
  t.true(rerankPrompt(tools, { ...call, text: "" }).rest.endsWith("\nA:"));
});

test("texts override documentation, and can stand for tools that are not defined", (t) => {
  const texts = { sqrt: "sqrt roots.", zeta: "zeta(s): A function." };
  const { documentation } = rerankPrompt(tools, { ...call, candidates: ["zeta", "sqrt", "ln"] }, texts);
  t.deepEqual(documentation.split("\n").slice(2, 5), [
    "- sqrt: sqrt roots.",
    "- ln(x): The natural logarithm of a number.",
    "- zeta(s): A function.",
  ]);
});

test("a reranker keeps the texts of all tools, with which the prompt is the same", (t) => {
  const kept = resolveDocumentation(tools, { sqrt: "Roots." });
  t.deepEqual(Object.keys(kept), [...tools.names]);
  t.deepEqual(rerankPrompt(tools, call, kept), rerankPrompt(tools, call, { sqrt: "Roots." }));
  t.deepEqual(
    rerankPrompt(toolSet([]), { ...call, candidates: ["sqrt"] }, kept).rest.split("\n")[0],
    "Candidates: sqrt, REJ",
  );
});

test("refused: a tool without documentation, no candidates, one twice, empty texts, texts of unknown tools", async (t) => {
  const prompt = (candidates: string[]) => () => rerankPrompt(tools, { ...call, candidates });
  await throwsCode(t, "UNKNOWN_TOOL", /"zeta" has no documentation/, prompt(["add", "zeta"]));
  await throwsCode(t, "UNKNOWN_TOOL", /"constructor" has no/, prompt(["constructor"]));
  await throwsCode(t, "INVALID_ARGUMENT", /candidates/, prompt([]));
  await throwsCode(t, "INVALID_ARGUMENT", /candidates/, prompt(["add", "add"]));
  await throwsCode(t, "INVALID_ARGUMENT", /documentation of tool add/, () =>
    resolveDocumentation(tools, { add: " " }),
  );
  await throwsCode(t, "UNKNOWN_TOOL", /zeta/, () => resolveDocumentation(tools, { zeta: "A function." }));
});

test("in tokens every call of the same candidates begins alike", async (t) => {
  await using model = await loadModel("nano", { threads: 1, gpu: "cpu" });
  const { tokenizer } = model;
  const one = encodeRerankPrompt(tokenizer, rerankPrompt(tools, call));
  const reordered = { ...call, candidates: ["weather", "add", "sqrt"], text: "" };
  const other = encodeRerankPrompt(tokenizer, rerankPrompt(tools, reordered));
  t.deepEqual(one.prefix, other.prefix);
  t.deepEqual(one.tokens.subarray(0, one.prefix.length), one.prefix);
  const { documentation, rest } = rerankPrompt(tools, call);
  t.is(tokenizer.decode(one.tokens).trimStart(), documentation + rest);
});
