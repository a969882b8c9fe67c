// Questions by the line, whenever they end and whoever ends them.
import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import type { Io } from "../../src/cli/io.js";
import { questionsFrom } from "../../src/cli/questions.js";
import { rejectsWith } from "../support/errors.js";

function ioWith(stdin: PassThrough, signal: AbortSignal): Io {
  const io: Partial<Io> = { stdin: stdin as unknown as Io["stdin"], signal, hint: () => undefined };
  return io as Io;
}

async function all(questions: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const question of questions) list.push(question);
  return list;
}

test("a question per line, empty lines are none", async (t) => {
  const stdin = new PassThrough();
  stdin.end("one?\n\n  \ntwo?");
  t.deepEqual(await all(questionsFrom(undefined, ioWith(stdin, new AbortController().signal))), [
    "one?",
    "two?",
  ]);
});

test("an abort ends the waiting", async (t) => {
  const controller = new AbortController();
  const waiting = all(questionsFrom(undefined, ioWith(new PassThrough(), controller.signal)));
  await turn();
  controller.abort();
  await rejectsWith(t, waiting, "ABORTED");
});

test("an abort before the waiting ends it, too", async (t) => {
  const questions = questionsFrom(undefined, ioWith(new PassThrough(), AbortSignal.abort()));
  await rejectsWith(t, all(questions), "ABORTED");
});
