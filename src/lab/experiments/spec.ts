// What an experiment file may say: one schema gives the types, the defaults and the refusals.
import { z } from "zod";
import { dataSetNames } from "../datasets/index.js";
import { GPU_CHOICES } from "../../model/load-model.js";
import { DEFAULT_FOLDS, DEFAULT_TOP_TOOLS } from "../mining/options.js";
import { RERANKER_L2 } from "../../training/reranker/choose-l2.js";
import { OUTSIDE_CHOICES } from "../../training/reranker/rerank-rows.js";
import { DEFAULT_L2, DEFAULT_MAX_ITERATIONS, SOLVE_METHODS } from "../../training/solver.js";
import { SELECTION_PROMPT } from "../../training/request-features.js";
import { DEFAULT_SHRINKAGE, SELECTION_L2 } from "../../training/train-selection.js";
import { didYouMean } from "../../utils/did-you-mean.js";

/** The ways of answering that an experiment compares. */
export const METHODS = ["base", "head", "reranker", "selection", "in-context", "function-calling"] as const;
export type Method = (typeof METHODS)[number];

/** An object that refuses unknown keys and names the one that was meant. */
function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      return issue.keys
        .map((key) => [`unknown key ${key}`, didYouMean(key, known)].filter(Boolean).join(". "))
        .join("; ");
    },
  });
}

/** A text alone stands for an object with that text under `key`. */
function orText<Schema extends z.ZodType>(key: string, schema: Schema) {
  return z.preprocess((value) => (typeof value === "string" ? { [key]: value } : value), schema);
}

/** A value alone stands for a list of one. */
function orOne<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(schema).min(1),
  );
}

/** All keys there, none undefined. */
type Whole<T> = { readonly [Key in keyof T]-?: Exclude<T[Key], undefined> };

const text = z.string().min(1);
const texts = orOne(text);

const modelSchema = orText(
  "path",
  strict({
    /** In tables and folder names. Default: the file's name without its ending. */
    name: text.optional(),
    /** A GGUF file, or "nano". */
    path: text,
    gpu: z.enum(GPU_CHOICES).default("auto"),
    gpuLayers: z.union([z.literal("auto"), z.int().min(0)]).default("auto"),
    threads: z.int().min(1).max(1024).optional(),
    /** Wrap prompts in the model's own chat template. */
    chat: z.boolean().default(false),
    /** A folder of prompts, or "nano", instead of the data set's. */
    prompts: text.optional(),
  }),
);

const trainSchema = z.preprocess(
  (value) => (typeof value === "string" || Array.isArray(value) ? { from: value } : value),
  strict({
    /** Parts of `dataset`, or files of training texts. */
    from: texts.optional(),
    /** A published data set other than the entry's own. */
    dataset: z.enum(dataSetNames).optional(),
    files: texts.optional(),
  }),
);

/** How questions are answered. */
const answerSchema = strict({
  maxTokens: z.int().min(1).optional(),
  maxCalls: z.int().min(0).optional(),
  temperature: z.number().min(0).max(100).optional(),
  topK: z.int().min(1).max(64).optional(),
  topP: z.number().min(0).max(1).optional(),
  minP: z.number().min(0).max(1).optional(),
  repeatPenalty: z.number().min(0.01).max(100).optional(),
  toolChoice: text.optional(),
  /** Strings that end an answer. Default: those of `run`. */
  stop: texts.optional(),
  grammar: z.boolean().optional(),
  /** Questions that share each decode. */
  parallel: z.int().min(1).max(64).optional(),
  /** Keep what runs beside a question from changing its answer, so that a resumed run answers as an undisturbed one. */
  batchInvariant: z.boolean().optional(),
  contextSize: z.int().min(1).optional(),
});
type GivenAnswer = z.output<typeof answerSchema>;
export type AnswerSettings = Whole<Omit<GivenAnswer, "stop" | "contextSize">> &
  Pick<GivenAnswer, "stop" | "contextSize">;

export const ANSWER_DEFAULTS: AnswerSettings = {
  maxTokens: 512,
  maxCalls: 16,
  temperature: 0,
  topK: 40,
  topP: 1,
  minP: 0,
  repeatPenalty: 1,
  toolChoice: "auto",
  grammar: true,
  parallel: 4,
  batchInvariant: true,
};

const dataSchema = strict({
  /** In tables and folder names. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, "a name of letters, digits, ., _, + and -"),
  /** A published data set, read from `files`; without one `train` and `eval` name files. */
  dataset: z.enum(dataSetNames).optional(),
  files: texts.optional(),
  /** Only the first so many tools of the data set's list. */
  firstTools: z.int().min(1).optional(),
  /** Parts of the data set (default: those with texts that are not asked), files, or another data set. */
  train: trainSchema.optional(),
  /** Parts of the data set, or files of questions. */
  eval: texts,
  /** "math" or modules that export tools. Default: the data set's own, else math. */
  tools: texts.optional(),
  /** A folder of prompts, or the part of the data set that holds them. */
  prompts: text.optional(),
  /** The figure that tables show first: exactMatch, firstTool, accuracy, planMatch, actionMatch, … */
  figure: text.optional(),
  /** Only the first so many questions. */
  limit: z.int().min(1).optional(),
  /** Answer options of this data alone. */
  answer: answerSchema.optional(),
});

/** Settings of a training, as a file may give them; a sweep gives several values of each. */
const trainingShape = {
  solver: z.enum(SOLVE_METHODS).optional(),
  /** L-BFGS. */
  l2: z.number().min(0).optional(),
  maxIterations: z.int().min(1).optional(),
  /** Adam. */
  lr: z.number().min(0).optional(),
  epochs: z.int().min(1).optional(),
  batchSize: z.int().min(1).optional(),
  weightDecay: z.number().min(0).optional(),
  /** Share of the texts that is held out for report and calibration. */
  heldOut: z.number().min(0).lt(1).optional(),
  /** Added to the tools' logits: calibrated on the held-out texts, or a number. */
  bias: z.union([z.literal("calibrated"), z.number()]).optional(),
  /** Train behind the prompt of inference, or on bare texts. */
  prompt: z.boolean().optional(),
  /** How many training texts, chosen tool by tool. */
  examples: z.union([z.literal("all"), z.int().min(1)]).optional(),
  includeQuestion: z.boolean().optional(),
  onlyToolSteps: z.boolean().optional(),
};
const trainingSchema = strict(trainingShape);
export type TrainingSettings = Whole<z.output<typeof trainingSchema>>;

export const TRAINING_DEFAULTS: TrainingSettings = {
  solver: "lbfgs",
  l2: DEFAULT_L2,
  maxIterations: DEFAULT_MAX_ITERATIONS,
  lr: 1e-3,
  epochs: 3,
  batchSize: 64,
  weightDecay: 0,
  heldOut: 0.2,
  bias: "calibrated",
  prompt: true,
  examples: "all",
  includeQuestion: false,
  onlyToolSteps: false,
};

const sweepSchema = strict({
  solver: orOne(trainingShape.solver.unwrap()).optional(),
  l2: orOne(trainingShape.l2.unwrap()).optional(),
  maxIterations: orOne(trainingShape.maxIterations.unwrap()).optional(),
  lr: orOne(trainingShape.lr.unwrap()).optional(),
  epochs: orOne(trainingShape.epochs.unwrap()).optional(),
  batchSize: orOne(trainingShape.batchSize.unwrap()).optional(),
  weightDecay: orOne(trainingShape.weightDecay.unwrap()).optional(),
  heldOut: orOne(trainingShape.heldOut.unwrap()).optional(),
  bias: orOne(trainingShape.bias.unwrap()).optional(),
  prompt: orOne(trainingShape.prompt.unwrap()).optional(),
  examples: orOne(trainingShape.examples.unwrap()).optional(),
  includeQuestion: orOne(trainingShape.includeQuestion.unwrap()).optional(),
  onlyToolSteps: orOne(trainingShape.onlyToolSteps.unwrap()).optional(),
});

/** The second phase of the method "reranker": mining, and the reranker's own training. */
const rerankerSchema = strict({
  /** Candidates per call. */
  topK: z.int().min(1).optional(),
  /** Parts of the texts, each mined by a head that was trained on the others. */
  folds: z.int().min(2).optional(),
  /** Added to the tools' logits while mining: more gives more rows to reject. */
  miningBias: z.number().optional(),
  /** Rows where no tool would fire, rightly. */
  easy: z.int().min(0).optional(),
  /** Of several the best of a cross-validation is taken. */
  l2: orOne(z.number().min(0)).optional(),
  classWeights: z.enum(["none", "balanced"]).optional(),
  outside: z.enum(OUTSIDE_CHOICES).optional(),
});
export type RerankerSettings = Whole<z.output<typeof rerankerSchema>>;

export const RERANKER_DEFAULTS: RerankerSettings = {
  topK: DEFAULT_TOP_TOOLS,
  folds: DEFAULT_FOLDS,
  miningBias: 0,
  easy: 0,
  l2: [...RERANKER_L2],
  classWeights: "none",
  outside: "add",
};

/** The method "selection": which tool a request needs, without an answer. */
const selectionSchema = strict({
  /** Text with `[QUESTION]`; the tool is chosen behind it. */
  prompt: text.optional(),
  /** Of several the best on the held-out requests is taken. */
  l2: orOne(z.number().min(0)).optional(),
  shrinkage: z.number().gt(0).max(1).optional(),
  heldOut: z.number().min(0).lt(1).optional(),
});
export type SelectionSettings = Whole<z.output<typeof selectionSchema>>;

export const SELECTION_DEFAULTS: SelectionSettings = {
  prompt: SELECTION_PROMPT,
  l2: [...SELECTION_L2],
  shrinkage: DEFAULT_SHRINKAGE,
  heldOut: 0.2,
};

export const specSchema = strict({
  name: text.optional(),
  /** Values of `${name}` in texts; the command line's --set wins. */
  variables: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  /** Of splits, of Adam and of sampling. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  models: orOne(modelSchema),
  data: orOne(dataSchema),
  methods: orOne(z.enum(METHODS)),
  training: trainingSchema.default({}),
  /** Blocks of values; every combination within a block is a training of its own. */
  sweep: orOne(sweepSchema).optional(),
  reranker: rerankerSchema.default({}),
  selection: selectionSchema.default({}),
  answer: answerSchema.default({}),
  tracking: strict({
    /** Base address of an MLflow server. */
    mlflow: z.url({ protocol: /^https?$/ }).optional(),
    /** Name of the experiment there. Default: this experiment's. */
    experiment: text.optional(),
  }).prefault({}),
});

/** An experiment, checked, with its defaults. */
export type ExperimentSpec = z.output<typeof specSchema>;
/** An experiment as it may be written. */
export type ExperimentInput = z.input<typeof specSchema>;
export type ModelSpec = ExperimentSpec["models"][number];
export type DataSpec = ExperimentSpec["data"][number];
export type SweepBlock = z.output<typeof sweepSchema>;
