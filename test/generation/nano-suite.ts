// The embedded model and its head on one backend: exact tokens, calls and results.
import test from "ava";
import {
  createEngine,
  loadModel,
  mathTools,
  ToolHead,
  type GenerateResult,
  type Engine,
} from "../../src/index.js";
import { loadAddon } from "../../src/native/load.js";

interface Golden {
  readonly question: string;
  readonly tokens: readonly string[];
  readonly transcript: string;
}

/** Greedy answers: the tokens that the model chose (results are put in between them) and the text with its calls. */
const golden: readonly Golden[] = [
  {
    question: "A reader reads 67 pages a day for 253 days. How many pages is that?",
    tokens: " It| makes| |2|5|3|*|6|7|=|.| So|,| the| answer| is| |1|6|9|5|1|.".split("|"),
    transcript: " It makes 253*67=<multiply>(253, 67)=16951. So, the answer is 16951.",
  },
  {
    question: "What is the sum of 13,289 and 7,899?",
    tokens: " The| result| is| |1|3|2|8|9|+|7|8|9|9|=|.| So|,| the| answer| is| |2|1|1|8|8|.".split("|"),
    transcript: " The result is 13289+7899=<add>(13289, 7899)=21188. So, the answer is 21188.",
  },
  {
    question: "Anna has $120.50 and spends $34.75. How much does she have left?",
    tokens:
      " What| is| left| is| |1|2|0|.|5|0|-|3|4|.|7|5|=| dollars|.| So|,| the| answer| is| |8|5|.|7|5|.".split(
        "|",
      ),
    transcript:
      " What is left is 120.50-34.75=<subtract>(120.50, 34.75)=85.75 dollars. So, the answer is 85.75.",
  },
  {
    question: "Anna earns 58 points in each of 30 rounds and a bonus of 1,155. What is her final score?",
    tokens:
      " In| the| first| part| there| are| |3|0|*|5|8|=|.| In| total| there| are| |1|7|4|0|+|1|1|5|5|=|.| So|,| the| answer| is| |2|8|9|5|.".split(
        "|",
      ),
    transcript:
      " In the first part there are 30*58=<multiply>(30, 58)=1740. In total there are 1740+1155=<add>(1740, 1155)=2895. So, the answer is 2895.",
  },
  {
    question: "In how many ways can a team of 4 be chosen from 23 players?",
    tokens: " There| are| C|(|2|3|,|4|)|=| ways|.| So|,| the| answer| is| |8|8|5|5|.".split("|"),
    transcript: " There are C(23,4)=<choose>(23, 4)=8855 ways. So, the answer is 8855.",
  },
  {
    question: "What is the greatest common divisor of 252 and 1,176?",
    tokens: " The| result| is| gcd|(|2|5|2|,|1|1|7|6|)|=|.| So|,| the| answer| is| |8|4|.".split("|"),
    transcript: " The result is gcd(252,1176)=<gcd>(252, 1176)=84. So, the answer is 84.",
  },
  {
    question: "Omar buys 128 keyboards at $31.50 each and sells them for $52.99 each. What is his profit?",
    tokens:
      " The| cost| is| |1|2|8|*|3|1|.|5|0|=| dollars|.| The| income| is| |1|2|8|*|5|2|.|9|9|=| dollars|.| The| profit| is| |6|7|8|2|.|7|2|-|4|0|3|2|=| dollars|.| So|,| the| answer| is| |2|7|5|0|.|7|2|.".split(
        "|",
      ),
    transcript:
      " The cost is 128*31.50=<multiply>(128, 31.50)=4032 dollars. The income is 128*52.99=<multiply>(128, 52.99)=6782.72 dollars. The profit is 6782.72-4032=<subtract>(6782.72, 4032)=2750.72 dollars. So, the answer is 2750.72.",
  },
];

/** Declares the tests for a backend; they are skipped where it has no device. */
export async function testNanoOn(gpu: "cpu" | "vulkan"): Promise<void> {
  const devices = (await loadAddon()).devices();
  const check = devices.some(({ backend }) => backend === gpu) ? test.serial : test.serial.skip;

  const withNano = async <T>(use: (engine: Engine) => Promise<T>): Promise<T> => {
    await using model = await loadModel("nano", { gpu, threads: 1 });
    const head = await ToolHead.load("nano", { for: await model.identity() });
    await using engine = await createEngine(model, { head, tools: mathTools, parallel: 1 });
    return await use(engine);
  };

  check(`${gpu}: greedy answers are known to the token`, async (t) => {
    await withNano(async (engine) => {
      for (const { question, tokens, transcript } of golden) {
        const chosen: string[] = [];
        let answer: GenerateResult | undefined;
        for await (const event of engine.stream({ prompt: question })) {
          if (event.type === "text-delta") chosen.push(event.text);
          if (event.type === "finish") answer = event.result;
        }
        t.is(answer?.transcript, transcript);
        t.deepEqual(chosen, tokens);
      }
    });
  });

  check(`${gpu}: a seed gives the same sampled answer again`, async (t) => {
    await withNano(async (engine) => {
      const { question } = golden[0]!;
      const sample = async (seed: number): Promise<string> =>
        (await engine.generate({ prompt: question, temperature: 1.5, topP: 0.98, seed })).transcript;
      const first = await sample(1);
      t.is(await sample(1), first);
      const others = [await sample(2), await sample(3), await sample(4)];
      t.true(others.some((other) => other !== first));
    });
  });

  check(`${gpu}: without tools nano writes digits of its own`, async (t) => {
    await withNano(async (engine) => {
      const { text, toolCalls: calls } = await engine.generate({
        prompt: golden[0]!.question,
        toolChoice: "none",
      });
      t.deepEqual(calls, []);
      t.notRegex(text, /answer is 16951/u);
    });
  });
}
