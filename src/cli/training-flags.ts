// Flags that the commands which train share, each written once; a command may give them another group or words.
import { z } from "zod";
import { generationsField } from "../training/on-policy.js";
import { passFields, splitFields } from "../training/options.js";
import { solverFields } from "../training/solver.js";
import { defaultOf, metaOf } from "../utils/options.js";
import { flagsUnder } from "./flag.js";

const TEXTS = "Texts";
const SOLVER = "Solver";
const RESULT = "Result";

/** The model's own generations. */
export const generationsFlag = flagsUnder(TEXTS, {
  generations: generationsField.describe(
    "JSON Lines of the model's own generations, resumed when it exists; implies --on-policy",
  ),
});

export const featureFlags = flagsUnder(TEXTS, passFields);
export const splitFlags = flagsUnder(TEXTS, splitFields);
export const solverFlags = flagsUnder(SOLVER, solverFields);

/** The solver's part of a training's `advanced` options, without λ. */
export function solverOptions(flags: Omit<z.output<z.ZodObject<typeof solverFlags>>, "l2">) {
  const { method, maxIterations, tolerance, learningRate, epochs, batchSize, weightDecay } = flags;
  return { method, maxIterations, tolerance, learningRate, epochs, batchSize, weightDecay };
}

/** λ, or several of which the best is taken. @param field that of the library, with its default */
export function l2ListFlag(field: z.ZodDefault) {
  const values = [defaultOf(field)].flat() as number[];
  return z
    .array(z.string().regex(/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i, "a number of 0 or more"))
    .default(values.map(String))
    .describe(metaOf(field).description ?? "")
    .meta({ group: SOLVER, defaultText: values.join(", ") });
}

export const priorHeadFlag = {
  prior: z
    .string()
    .min(1)
    .optional()
    .describe("Head whose rows the L2 term pulls towards")
    .meta({ group: SOLVER, defaultText: "zeros" }),
};

export const matrixTypeFlag = {
  type: z
    .enum(["F32", "F16", "BF16"])
    .default("F32")
    .describe("Of the weights in the file")
    .meta({ group: RESULT }),
};
