// What an experiment file may say; library options keep their schema, with the published names of some.
import { z } from "zod";
import { dataSetNames } from "../datasets/index.js";
import { engineFields, limitFields, samplingFields } from "../../generation/call-fields.js";
import { modelFields } from "../../model/load-model.js";
import { DEFAULT_FOLDS, DEFAULT_TOP_TOOLS, miningFields } from "../mining/options.js";
import { splitFields } from "../../training/options.js";
import { requestFields } from "../../training/request-features.js";
import { rerankerFields } from "../../training/reranker/options.js";
import { onlyToolStepsField } from "../../training/solve-head.js";
import { solverFields } from "../../training/solver.js";
import { trainHeadOptions } from "../../training/train-on-examples.js";
import { selectionFields } from "../../training/train-selection.js";
import { integerField } from "../../utils/option-fields.js";
import { defaultsOf, withoutDefaults } from "../../utils/options.js";
import { orOne, orText, severalOf, strict } from "./spec-schema.js";

/** The ways of answering that an experiment compares. */
export const METHODS = ["base", "head", "reranker", "selection", "in-context", "function-calling"] as const;
export type Method = (typeof METHODS)[number];

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
    gpu: modelFields.gpu,
    gpuLayers: modelFields.gpuLayers,
    threads: modelFields.threads,
    /** Wrap prompts in the model's own chat template. */
    chat: z.boolean().default(false),
    /** A folder of prompts, or "nano", instead of the data set's. */
    prompts: text.optional(),
  }),
);

const { temperature, topK, topP, minP, repeatPenalty } = samplingFields;

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

const answerFields = {
  maxTokens: limitFields.maxOutputTokens,
  maxCalls: limitFields.maxToolCalls,
  ...{ temperature, topK, topP, minP, repeatPenalty },
  toolChoice: text
    .default("auto")
    .describe("auto, none, required, or the name of the tool that must be called"),
  grammar: engineFields.constrainInput,
  parallel: engineFields.parallel,
  // A resumed run answers as one without an interruption.
  batchInvariant: z
    .boolean()
    .default(true)
    .describe(engineFields.batchInvariant.description ?? ""),
};

/** How questions are answered. */
const answerSchema = strict({
  ...withoutDefaults(answerFields),
  /** Strings that end an answer. Default: those of `run`. */
  stop: texts.optional(),
  contextSize: integerField(1).optional(),
});
type GivenAnswer = z.output<typeof answerSchema>;
export type AnswerSettings = Whole<Omit<GivenAnswer, "stop" | "contextSize">> &
  Pick<GivenAnswer, "stop" | "contextSize">;

export const ANSWER_DEFAULTS: AnswerSettings = defaultsOf(answerFields);

const dataSchema = strict({
  /** In tables and folder names. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, "a name of letters, digits, ., _, + and -"),
  /** A published data set, read from `files`; without one `train` and `eval` name files. */
  dataset: z.enum(dataSetNames).optional(),
  files: texts.optional(),
  /** Number of tools, the first of the data set's list. */
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
  /** Number of questions, the first ones. */
  limit: z.int().min(1).optional(),
  /** Answer options of this data alone. */
  answer: answerSchema.optional(),
});

const { l2, maxIterations, epochs, batchSize, weightDecay } = solverFields;

/** Settings of a training; a sweep gives several values of each. */
const trainingFields = {
  solver: solverFields.method,
  lr: solverFields.learningRate,
  ...{ l2, maxIterations, epochs, batchSize, weightDecay },
  validationSplit: splitFields.validationSplit,
  bias: z
    .union([z.literal("calibrated"), z.number()])
    .default("calibrated")
    .describe("Added to the tools' logits: calibrated on the validation split, or a number"),
  prompt: z.boolean().default(true).describe("Train with the prompt of inference as prefix, or without"),
  examples: z
    .union([z.literal("all"), integerField(1)])
    .default("all")
    .describe("Number of training examples, stratified by tool"),
  includeQuestion: trainHeadOptions.shape.advanced.unwrap().shape.includeQuestion,
  onlyToolSteps: onlyToolStepsField,
};
const trainingShape = withoutDefaults(trainingFields);
const trainingSchema = strict(trainingShape);
export type TrainingSettings = Whole<z.output<typeof trainingSchema>>;
export const TRAINING_DEFAULTS: TrainingSettings = defaultsOf(trainingFields);

const sweepSchema = strict(severalOf(trainingShape));

/** The second phase of the method "reranker": mining, and the reranker's own training. */
const rerankerSettings = {
  topK: integerField(1).default(DEFAULT_TOP_TOOLS).describe("Candidates per call"),
  folds: integerField(2)
    .default(DEFAULT_FOLDS)
    .describe("Parts of the examples, each mined by a head that was trained on the others"),
  miningBias: z
    .number()
    .default(0)
    .describe("Added to the tools' logits while mining: a higher one gives more rows to reject"),
  easy: miningFields.easy,
  l2: rerankerFields.l2,
  classWeights: z.enum(["none", "balanced"]).default("none").describe("Weight of a row by its label"),
  outside: rerankerFields.outside,
};
const rerankerSchema = strict(withoutDefaults(rerankerSettings));
export type RerankerSettings = Whole<z.output<typeof rerankerSchema>>;
export const RERANKER_DEFAULTS: RerankerSettings = defaultsOf(rerankerSettings);

/** The method "selection": which tool a request needs, without an answer. */
const selectionSettings = {
  prompt: requestFields.prompt,
  ...selectionFields,
  validationSplit: splitFields.validationSplit,
};
const selectionSchema = strict(withoutDefaults(selectionSettings));
export type SelectionSettings = Whole<z.output<typeof selectionSchema>>;
export const SELECTION_DEFAULTS: SelectionSettings = defaultsOf(selectionSettings);

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
