// Flags that the commands which train share, each written once; a command may give them another group or words.
import { z } from "zod";
import { DEFAULT_L2, DEFAULT_MAX_ITERATIONS, SOLVE_METHODS } from "../training/solver.js";

const TEXTS = "Texts";
const SOLVER = "Solver";
const RESULT = "Result";

/** Where steps come from: the texts, or what the model writes by itself. */
export const generationsFlag = {
  generations: z
    .string()
    .min(1)
    .optional()
    .describe("With --on-policy: JSON Lines of generations, resumed when it exists")
    .meta({ group: TEXTS }),
};

export const featureFlags = {
  features: z
    .string()
    .min(1)
    .optional()
    .describe("File that caches the features: another training needs no forward pass")
    .meta({ group: TEXTS }),
  featureBatchSize: z
    .int()
    .min(1)
    .default(512)
    .describe("Tokens per decode in the forward pass")
    .meta({ group: TEXTS }),
};

export const splitFlags = {
  heldOut: z
    .number()
    .min(0)
    .lt(1)
    .default(0.2)
    .describe("Validation split, stratified by tool")
    .meta({ group: TEXTS }),
  seed: z.int().min(0).default(1).describe("Of the split and of Adam").meta({ group: TEXTS }),
};

export const solverFlags = {
  method: z
    .enum(SOLVE_METHODS)
    .default("lbfgs")
    .describe("lbfgs: the optimum; adam: as published trainings")
    .meta({ group: SOLVER }),
  l2: z
    .number()
    .min(0)
    .default(DEFAULT_L2)
    .describe("L2 regularization strength, towards the prior")
    .meta({ group: SOLVER }),
  maxIterations: z.int().min(1).default(DEFAULT_MAX_ITERATIONS).describe("Of L-BFGS").meta({ group: SOLVER }),
  lr: z.number().min(0).default(0.001).describe("Learning rate of Adam").meta({ group: SOLVER }),
  epochs: z.int().min(1).default(3).describe("Epochs of Adam").meta({ group: SOLVER }),
  batchSize: z.int().min(1).default(64).describe("Batch size of Adam").meta({ group: SOLVER }),
  weightDecay: z.number().min(0).default(0).describe("Of Adam").meta({ group: SOLVER }),
};

/** λ, or several of which the best is taken. @param values that are tried when none is given */
export function l2ListFlag(values: readonly number[]) {
  return z
    .array(z.string().regex(/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i, "a number of 0 or more"))
    .default(values.map(String))
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
