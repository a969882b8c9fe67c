// Objects of one native class and arrays of other elements are refused, not read as what they are not.
import test from "ava";
import type { Model } from "../../src/index.js";
import { loadAddon } from "../../src/native/load.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

test("a head is no grammar, a grammar no head, and neither gives out what is native", async (t) => {
  await using context = await model.createContext({ contextSize: 256, hiddenStates: true });
  const head = model.createHead(4, "f32");
  const grammar = model.createGrammar('root ::= "a"');
  const one = { tokens: Int32Array.of(5), positions: Int32Array.of(0), sequences: Int32Array.of(0) };
  const asGrammar = [{ index: 0, top: 4, grammar: head as never }];
  await rejectsWith(t, context.decode(one, asGrammar), "INVALID_ARGUMENT", /grammar of Model.createGrammar/);
  const options = { topTokens: 4, topTools: 4, inGraph: true };
  const attached = context.attachHead(grammar as never, [0], options);
  await rejectsWith(t, attached, "INVALID_ARGUMENT", /head of Model.createHead/);
  const weights = new Float32Array(model.facts.embeddingLength);
  await rejectsWith(t, context.updateHead(grammar as never, weights, 1), "INVALID_ARGUMENT");
  t.deepEqual(Object.keys(head), []);
  t.deepEqual(Object.keys(grammar), []);
});

test("the addon itself tells its classes and arrays apart", async (t) => {
  const addon = await loadAddon();
  const native = await addon.loadModel(
    { path: models.nano, gpu: "cpu", gpuLayers: 0, useMmap: true },
    new addon.Cancel(),
  );
  const head = new addon.Head(4, 4, "f32");
  const other = new addon.Head(4, 4, "f32") as never;
  const refused = (call: () => unknown, message: RegExp): void => {
    t.throws(call, { code: "INVALID_ARGUMENT", message });
  };
  refused(() => new addon.Grammar(other, 'root ::= "a"', "root"), /a model/);
  refused(() => addon.createContext(other, {} as never), /a model/);
  refused(() => addon.createContext({} as never, {} as never), /a model/);
  for (const weights of [new Uint8Array(16), new Float64Array(16), [1, 2, 3, 4], null]) {
    refused(() => head.setRows(weights as never, 4), /a Float32Array for weights/);
  }
  const input = { targets: new Int32Array(1), offsets: Int32Array.of(0, 1), path: "x", metadata: "{}" };
  refused(
    () =>
      addon.extractFeatures(
        native,
        { ...input, prefix: new Int32Array(), tokens: Uint8Array.of(1) as never, batchSize: 8, threads: 1 },
        new addon.Cancel(),
      ),
    /an Int32Array for tokens/,
  );
  refused(
    () => addon.solve({ target: new Float32Array(1) } as never, {} as never, new addon.Cancel()),
    /target/,
  );
  await native.dispose();
  t.throws(() => native.facts(), { code: "DISPOSED" });
});
