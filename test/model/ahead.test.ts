// Steps that are computed while their caller looks at the last one. nano's are too short for that: its tests show that
// nothing changes, those of a larger model that nothing changes when it happens.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import type { Model } from "../../src/index.js";
import type { Output } from "../../src/model/context.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";

const TEXT = "Q: What is 12 plus 30?\nA: The sum is 12+30=42.";

async function wayOfItsOwn(t: ExecutionContext, model: Model): Promise<void> {
  const tokens = model.tokenizer.encode(TEXT);
  await using plain = await model.createContext({ contextSize: 256, sequences: 2 });
  await using other = await model.createContext({ contextSize: 256, sequences: 2 });
  const step = (token: number, position: number, sequence = 0): Parameters<typeof plain.decode>[0] => ({
    tokens: Int32Array.of(token),
    positions: Int32Array.of(position),
    sequences: Int32Array.of(sequence),
  });
  const both = async (batch: ReturnType<typeof step>): Promise<Output> => {
    const request = { index: batch.tokens.length - 1, top: 20 };
    const [expected] = await plain.decode(batch, [request]);
    const [output] = await other.decode(batch, [{ ...request, ahead: true }]);
    t.deepEqual(output, expected);
    return output!;
  };
  let { ids } = await both({ tokens, positions: tokens.map((_, i) => i), sequences: tokens.map(() => 0) });
  let position = tokens.length;
  // The best token, as expected: another context of the model takes its turn in between.
  for (let n = 0; n < 6; n++) ({ ids } = await both(step(ids[0]!, position++)));
  // As expected many times with nothing in between, so that each step takes over what the one before has begun.
  const begin = position;
  const taken = [{ ids }];
  for (let n = 0; n < 12; n++) {
    const batch = step(taken[n]!.ids[0]!, position++);
    taken.push(...(await other.decode(batch, [{ index: 0, top: 20, ahead: true }])));
  }
  for (let n = 0; n < 12; n++) {
    const [expected] = await plain.decode(step(taken[n]!.ids[0]!, begin + n), [{ index: 0, top: 20 }]);
    t.deepEqual(taken[n + 1], expected);
  }
  ({ ids } = taken.at(-1)!);
  // Another token, another sequence, other outputs.
  ({ ids } = await both(step(ids[3]!, position++)));
  await both(step(ids[0]!, 0, 1));
  ({ ids } = await both(step(ids[0]!, position++)));
  const [wider] = await other.decode(step(ids[0]!, position), [{ index: 0, top: 5 }]);
  const [asPlain] = await plain.decode(step(ids[0]!, position++), [{ index: 0, top: 5 }]);
  t.deepEqual(wider, asPlain);
  // Edits see what the caller knows of.
  ({ ids } = await both(step(ids[0]!, position++)));
  t.is(await other.length(0), position);
  await both(step(ids[0]!, position));
  for (const context of [plain, other]) await context.rollBack(0, tokens.length);
  await both(step(tokens[2]!, tokens.length));
  for (const context of [plain, other]) await context.sharePrefix(0, 1, tokens.length + 1);
  await both(step(tokens[2]!, tokens.length + 1, 1));
}

async function givenUp(t: ExecutionContext, model: Model): Promise<void> {
  const tokens = model.tokenizer.encode(TEXT);
  const context = await model.createContext({ contextSize: 256 });
  const decode = (token: number, position: number, signal?: AbortSignal): Promise<Output[]> =>
    context.decode(
      { tokens: Int32Array.of(token), positions: Int32Array.of(position), sequences: Int32Array.of(0) },
      [{ index: 0, top: 1, ahead: true }],
      { signal },
    );
  const [first] = await decode(tokens[1]!, 0);
  const controller = new AbortController();
  const next = decode(first!.ids[0]!, 1, controller.signal);
  controller.abort();
  await rejectsWith(t, next, "ABORTED");
  t.true((await context.length(0)) <= 2);
  await context.rollBack(0, 1);
  t.is((await decode(first!.ids[0]!, 1)).length, 1);
  await context.dispose();
  await rejectsWith(t, decode(1, 2), "DISPOSED");
}

for (const [name, path] of Object.entries(models)) {
  (path === undefined ? test.skip : test.serial)(`${name}: whichever way the caller goes on`, async (t) => {
    await using model = await loadTestModel(path!);
    await wayOfItsOwn(t, model);
    await givenUp(t, model);
  });
}

for (const [name, path] of Object.entries(models)) {
  (path === undefined ? test.skip : test)(`${name}: a process may end at any time`, async (t) => {
    const program = fileURLToPath(new URL("./exit-ahead.js", import.meta.url));
    const code = await new Promise((resolve) => {
      execFile(process.execPath, [program, path!], (error) => {
        resolve(error?.code ?? error?.signal ?? 0);
      });
    });
    t.is(code, 7);
  });
}
