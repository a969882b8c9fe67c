// What an answer comes to when the rival's model fills a call's parameters for ever.
import test from "ava";
import { promptWithin } from "../../../src/lab/experiments/methods/bounded-prompt.js";

type Session = Parameters<typeof promptWithin>[0];

/** A chat that writes no text until it is aborted, which it answers as node-llama-cpp does: with the reason. */
const endless = {
  promptWithMeta: (_question: string, { signal }: { signal: AbortSignal }): Promise<never> =>
    new Promise((_resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason as Error);
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort);
    }),
} as unknown as Session;

test("parameters that never end are an answer without text, cut at the bound", async (t) => {
  let used = 0;
  const bound = { usedTokens: () => (used += 10), maxTokens: 30 };
  t.deepEqual(await promptWithin(endless, "?", {}, bound), { text: "", cut: true });
  t.is(used, 30);
});

test("an abort and any other failure are thrown", async (t) => {
  const never = { usedTokens: () => 0, maxTokens: 30 };
  const controller = new AbortController();
  const answer = promptWithin(endless, "?", { signal: controller.signal }, never);
  const reason = new Error("enough");
  controller.abort(reason);
  t.is(await t.throwsAsync(answer), reason);
  const failing = { promptWithMeta: () => Promise.reject(new Error("no space")) } as unknown as Session;
  await t.throwsAsync(promptWithin(failing, "?", {}, never), { message: "no space" });
});
