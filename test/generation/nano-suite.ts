// The embedded model and its head on one backend: exact tokens, calls and results.
import test from "ava";
import { createToolken, loadModel, mathTools, ToolHead, type Answer, type Toolken } from "../../src/index.js";
import { loadAddon } from "../../src/native/load.js";

interface Golden {
  readonly question: string;
  readonly tokens: readonly string[];
  readonly transcript: string;
}

/** Greedy answers: the tokens that the model chose (results are put in between them) and the text with its calls. */
const golden: readonly Golden[] = [];

/** Declares the tests for a backend; they are skipped where it has no device. */
export async function testNanoOn(gpu: "cpu" | "vulkan"): Promise<void> {
  const devices = (await loadAddon()).devices();
  const check = devices.some(({ backend }) => backend === gpu) ? test.serial : test.serial.skip;

  const withNano = async <T>(use: (toolken: Toolken) => Promise<T>): Promise<T> => {
    await using model = await loadModel("nano", { gpu, threads: 1 });
    const head = await ToolHead.load("nano", { for: await model.identity() });
    await using toolken = await createToolken(model, { head, tools: mathTools, parallel: 1 });
    return await use(toolken);
  };

  check(`${gpu}: greedy answers are known to the token`, async (t) => {
    await withNano(async (toolken) => {
      for (const { question, tokens, transcript } of golden) {
        const chosen: string[] = [];
        let answer: Answer | undefined;
        for await (const event of toolken.stream(question)) {
          if (event.type === "token") chosen.push(event.text);
          if (event.type === "done") answer = event.answer;
        }
        t.is(answer?.transcript, transcript);
        t.deepEqual(chosen, tokens);
      }
    });
  });

  check(`${gpu}: a seed gives the same sampled answer again`, async (t) => {
    await withNano(async (toolken) => {
      const { question } = golden[0]!;
      const sample = async (seed: number): Promise<string> =>
        (await toolken.run(question, { temperature: 1.5, topP: 0.98, seed })).transcript;
      const first = await sample(1);
      t.is(await sample(1), first);
      const others = [await sample(2), await sample(3), await sample(4)];
      t.true(others.some((other) => other !== first));
    });
  });

  check(`${gpu}: without tools nano writes digits of its own`, async (t) => {
    await withNano(async (toolken) => {
      const { text, calls } = await toolken.run(golden[0]!.question, { toolChoice: "none" });
      t.deepEqual(calls, []);
      t.notRegex(text, /answer is 16951/u);
    });
  });
}
