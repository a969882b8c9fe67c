import test from "ava";
import { z } from "zod";
import { ToolkenError } from "../../src/errors.js";
import { callback, integerField, nonEmptyString, signalField, value } from "../../src/utils/option-fields.js";
import {
  advanced,
  defaultsOf,
  defineOptions,
  type OptionsOf,
  resolveOptions,
  withoutDefaults,
} from "../../src/utils/options.js";

const solver = {
  method: z.enum(["lbfgs", "adam"]).default("lbfgs").describe("Solver"),
  l2: z.number().min(0).default(1e-4).describe("L2 regularization strength"),
};
const schema = defineOptions({
  out: nonEmptyString().describe("File to write"),
  validationSplit: z
    .number()
    .min(0)
    .lt(1)
    .default(0.2)
    .describe("Share of the examples")
    .meta({ aliases: ["heldOut"] }),
  parallel: integerField(1, 64).default(4).describe("Questions that share each decode"),
  layers: z.union([z.literal("auto"), integerField(0)]).optional(),
  examples: value<readonly string[]>("paths or examples", Array.isArray).optional(),
  signal: signalField,
  onProgress: callback<(event: { readonly done: number }) => void>().optional(),
  advanced: advanced(solver),
});

test("defaults are applied, of advanced options too", (t) => {
  t.like(resolveOptions(schema, { out: "a" }, "train"), {
    out: "a",
    validationSplit: 0.2,
    parallel: 4,
    advanced: { method: "lbfgs", l2: 1e-4 },
  });
});

test("a default replaces undefined, and nothing else", (t) => {
  const given: OptionsOf<typeof schema> = { out: "a", validationSplit: undefined, advanced: { l2: 0 } };
  t.like(resolveOptions(schema, given, "train"), {
    validationSplit: 0.2,
    advanced: { l2: 0, method: "lbfgs" },
  });
});

test("values keep their identity", (t) => {
  const { signal } = new AbortController();
  const examples = ["a"];
  const resolved = resolveOptions(schema, { out: "a", signal, examples }, "train");
  t.is(resolved.signal, signal);
  t.is(resolved.examples, examples);
});

const rejects = test.macro({
  exec(t, given: unknown, message: string, parameter: string) {
    const error = t.throws(() => resolveOptions(schema, given, "train"), { instanceOf: ToolkenError });
    t.is(error.code, "INVALID_ARGUMENT");
    t.is(error.message, message);
    t.is((error as ToolkenError & { parameter?: string }).parameter, parameter);
  },
  title: (_, given) => `rejected: ${JSON.stringify(given)}`,
});

test(
  rejects,
  { out: "a", parallel: 65 },
  "Expected an integer from 1 to 64 for parallel but received 65 of type number",
  "parallel",
);
test(
  rejects,
  { out: "a", validationSplit: 1 },
  "Expected a number in [0, 1) for validationSplit but received 1 of type number",
  "validationSplit",
);
test(rejects, {}, "Expected a non-empty string for out but received undefined of type undefined", "out");
test(
  rejects,
  { out: "a", layers: "all" },
  'Expected auto or an integer of 0 or more for layers but received "all" of type string',
  "layers",
);
test(
  rejects,
  { out: "a", examples: 1 },
  "Expected paths or examples for examples but received 1 of type number",
  "examples",
);
test(
  rejects,
  { out: "a", signal: 1 },
  "Expected an AbortSignal for signal but received 1 of type number",
  "signal",
);
test(
  rejects,
  { out: "a", advanced: { l2: -1 } },
  "Expected a number of 0 or more for advanced.l2 but received -1 of type number",
  "advanced.l2",
);
test(
  rejects,
  { out: "a", advanced: { method: "sgd" } },
  'Expected one of lbfgs, adam for advanced.method but received "sgd" of type string',
  "advanced.method",
);

const meant = test.macro({
  exec(t, given: unknown, parameter: string, hint: string | undefined) {
    const error = t.throws(() => resolveOptions(schema, given, "train"), { instanceOf: ToolkenError });
    t.is(error.message, `train has no option ${parameter}`);
    t.is(error.hint, hint);
  },
  title: (_, __, parameter: string) => `unknown option ${parameter}`,
});

test(meant, { out: "a", max_parallel: 3 }, "max_parallel", "Did you mean parallel?");
test(meant, { heldOut: 0.1 }, "heldOut", "Did you mean validationSplit?");
test(meant, { out: "a", l2: 1 }, "l2", "Did you mean advanced.l2?");
test(meant, { out: "a", advanced: { mehtod: "adam" } }, "advanced.mehtod", "Did you mean advanced.method?");
test(meant, { out: "a", somethingElse: 1 }, "somethingElse", undefined);

test("options that are not an object are rejected", (t) => {
  t.throws(() => resolveOptions(schema, 3, "train"), {
    message: "Expected an object for options but received 3 of type number",
  });
});

test("defaults of fields, and fields without them", (t) => {
  t.deepEqual(defaultsOf(solver), { method: "lbfgs", l2: 1e-4 });
  const entry = z.strictObject(withoutDefaults(solver));
  t.deepEqual(entry.parse({}), {});
  t.deepEqual(entry.parse({ l2: 2 }), { l2: 2 });
  t.is(entry.shape.l2.description, "L2 regularization strength");
});
