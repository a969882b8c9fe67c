import test from "ava";
import { Batcher } from "../../src/generation/batcher.js";
import { Sequence } from "../../src/generation/sequence.js";
import { ToolMode } from "../../src/generation/tool-mode.js";
import { UsageMeter } from "../../src/generation/usage-meter.js";
import { mathTools, type Model } from "../../src/index.js";
import { promptsOf } from "../../src/model/embedded.js";
import { encodePrompt } from "../../src/prompts/encoder.js";
import { resolvePrompts } from "../../src/prompts/prompts.js";
import { toolSet } from "../../src/tools/index.js";
import { loadTestModel, models } from "../support/models.js";

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

test("a call of A after one of B reads only what is new since the last call of A", async (t) => {
  const tools = toolSet(mathTools);
  const prompts = await resolvePrompts(promptsOf(model), tools);
  const encoded = new Map(
    [...tools].map(({ name }) => [name, encodePrompt(model, prompts.tools[name]!, { chat: false })]),
  );
  const noCache = { begin: () => Promise.resolve({ decoded: 0 }) };
  const toolMode = new ToolMode(model, noCache, encoded, true);
  await using context = await model.createContext({ contextSize: 4096, sequences: 2, outputs: 16 });
  const batcher = new Batcher(context);
  const sequences = [0, 1].map((id) => new Sequence(id, context, batcher));
  const question = "Anna earns 58 points in each of 30 rounds, a bonus of 1,155, and all of it 3 times.";
  const call = async (
    name: string,
    transcript: string,
  ): Promise<{ input: string; read: number; cached: number }> => {
    const usage = new UsageMeter();
    const input = await toolMode.writeArguments(tools.get(name), {
      sequences,
      question,
      transcript,
      maxTokens: 40,
      usage,
      signal: undefined,
    });
    return { input, read: usage.toolPromptTokens, cached: usage.cachedTokens };
  };
  const first = " In the first part there are 30*58=";
  const second = `${first}<multiply>(30, 58)=1740. In total there are 1740+1155=`;
  const third = `${second}<add>(1740, 1155)=2895. So, all of it is 2895*3=`;
  const a = await call("multiply", first);
  const b = await call("add", second);
  const again = await call("multiply", third);
  const prompt = encoded.get("multiply")!;
  const before = prompt.encode(question, `${first}<multiply>(`);
  const after = prompt.encode(question, `${third}<multiply>(`);
  t.is(a.read, before.length);
  t.true(b.read > 0);
  t.true(again.cached >= before.length - 1, `${again.cached} of ${before.length} tokens were kept`);
  t.is(again.read, after.length - again.cached);
  // The arguments of its last call are in the text by now, so they are not read again either.
  t.true(again.cached >= before.length + model.tokenizer.encode("30, 58").length - 1);
  t.is(await call("multiply", third).then(({ input }) => input), again.input);
  toolMode.dispose();
});
