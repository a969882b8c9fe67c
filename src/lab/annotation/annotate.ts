// Plain solutions become training texts: every calculation marked that computing and a model agree on.
import { createHash } from "node:crypto";
import { z } from "zod";
import { invalidArgument, throwIfAborted, ToolkenError } from "../../errors.js";
import { inParallel } from "../../generation/in-parallel.js";
import type { Model } from "../../model/model.js";
import { mathTools, type Tool, toolSet } from "../../tools/index.js";
import { type TrainingExample, validateExample } from "../../examples/example.js";
import { annotatorTools } from "./candidates.js";
import { annotationLine, openAnnotations } from "./annotations-file.js";
import { type TextMarks, UNMARKED_REASONS, type UnmarkedReason } from "./annotate-text.js";
import { Annotator, defaultPrompt } from "./annotator.js";
import type { Annotation } from "./annotation.js";
import {
  callback,
  integerField,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { inShard, shardField } from "../../utils/shard.js";

export const annotateOptions = defineOptions({
  tools: value<Iterable<Tool>>("tools", (tools) => typeof tools === "object" && tools !== null)
    .optional()
    .describe("Operators that may be marked; the thirteen of mathTools without it"),
  prompt: z
    .string()
    .optional()
    .describe("Worked solutions before each text, with calculations written out (12*30=360)")
    .meta({ more: "Without it the library's own; none for the embedded model." }),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe("Minimum probability of a number's calculations, against the number alone; 0 marks all"),
  out: nonEmptyString()
    .optional()
    .describe("Training examples: a JSON line per text, appended to as texts are done"),
  resume: z
    .boolean()
    .default(true)
    .describe("Keep the lines that the file has; otherwise a file that has some is rejected"),
  shard: shardField,
  parallel: integerField(1, 64).default(4).describe("Texts that share each decode"),
  contextSize: integerField(1)
    .optional()
    .describe("KV cells; the prompt's tokens and 1,024 for each parallel text without it"),
  threads: threadsField,
  signal: signalField,
  onProgress: callback<(event: Progress<"annotation">) => void>()
    .optional()
    .describe("Called with finished and all texts; first with the resumed ones"),
  onNote: callback<(note: string) => void>()
    .optional()
    .describe("Human-readable warnings, such as a torn line that was dropped"),
});
export type AnnotateOptions = OptionsOf<typeof annotateOptions>;

export interface AnnotationSummary {
  readonly texts: number;
  /** Texts that can be trained on. */
  readonly annotated: number;
  /** Texts without a mark, or with a calculation that has another result. */
  readonly leftOut: number;
  /** Texts that came with calls or `<<a*b=c>>` marks, for which no model was asked. */
  readonly converted: number;
  readonly calls: number;
  /** Calculations that the texts state, and that check out. */
  readonly stated: number;
  /** Calculations that the model chose among those that check out. */
  readonly chosen: number;
  /** Numbers without a mark, by reason. */
  readonly unmarked: Readonly<Record<UnmarkedReason, number>>;
  /** Texts that were in the file already. */
  readonly resumed: number;
  readonly seconds: number;
}

export interface Annotations {
  /** In the order of the solutions; of a shard only its own. */
  readonly annotations: readonly Annotation[];
  readonly summary: AnnotationSummary;
}

/**
 * Marks the calculations of solutions, so that heads can be trained on them (the published way asks a large model to
 * write the calls; arXiv 2305.11554, appendix).
 *
 * A small model can't be trusted to write a call, nor to compute one. So nothing is written freely: for each number
 * of a solution, all calculations with the numbers before it that give it by the project's rounding are found by
 * computing. Where the text states its calculation (`12*30=360`), that one is taken or, when it has another result,
 * the text is left out. Where a number stands in the text before, it is given. For any other number the model goes
 * on with the text under a GBNF grammar that lets through nothing but these calculations, each followed by the number
 * (`12*30=360`, `C(9,4)=126`), and the number alone: how it goes on is how probable each is. The best calculation is
 * marked unless all of them together stay below `threshold`. Numbers of five digits and more are not compared with
 * the number alone: no calculation gives them by chance.
 *
 * Texts that have calls already (solutions with `<<a*b=c>>` marks) pass as they are.
 *
 * @throws `INVALID_ARGUMENT`, `RECORD_INVALID` (an unfit text; the file belongs to other texts),
 * `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `FILE_NOT_FOUND`, `IO`, `ABORTED`, `DISPOSED`.
 *
 * @example
 * const { solutions } = await readSolutions("solutions.jsonl");
 * const { summary } = await annotate(model, solutions, { out: "train.jsonl" });
 */
export async function annotate(
  model: Model,
  solutions: readonly TrainingExample[],
  given: AnnotateOptions = {},
): Promise<Annotations> {
  const options = resolveOptions(annotateOptions, given, "annotate");
  const { threshold, parallel, contextSize, threads, resume, signal, onProgress, onNote } = options;
  const { prompt = defaultPrompt(model) } = options;
  const tools = annotatorTools([...toolSet(options.tools ?? mathTools)]);
  const list: unknown = solutions;
  if (!Array.isArray(list)) throw invalidArgument("an array of texts", "solutions", list);
  const texts = solutions.map((solution) => validateExample(solution, solution.source));
  throwIfAborted(signal);

  const begin = performance.now();
  const setup = digest([await model.fingerprint(), tools.map(({ name }) => name), prompt, threshold]);
  const file =
    options.out === undefined
      ? undefined
      : await openAnnotations(options.out, { texts, settings: setup, resume });
  try {
    if (file?.droppedTornLine === true) {
      onNote?.(
        `Dropped the last line of ${options.out ?? ""}: an earlier run was stopped while it was written`,
      );
    }
    const done = new Map(file?.cached);
    const resumed = done.size;
    const wanted = [...texts.entries()].filter(([index]) => done.has(index) || inShard(options.shard, index));
    onProgress?.({ phase: "annotation", done: resumed, total: wanted.length });
    const keep = async (index: number, annotation: Annotation): Promise<void> => {
      await file?.append(annotationLine(index, setup, annotation));
      done.set(index, annotation);
      onProgress?.({ phase: "annotation", done: done.size, total: wanted.length });
    };

    const open = wanted.filter(([index]) => !done.has(index));
    const plain = open.filter(([, { calls }]) => calls.length === 0);
    for (const [index, text] of open) {
      if (text.calls.length > 0) await keep(index, { example: text, unmarked: [] });
    }
    if (plain.length > 0) {
      await using annotator = await Annotator.create(model, {
        prompt,
        threshold,
        parallel,
        tools,
        contextSize,
        threads,
      });
      await inParallel(plain, parallel, signal, async ([index, text], stop) => {
        await keep(index, await annotationOrUnfit(annotator, text, stop));
      });
    }
    const annotations = wanted.map(([index]) => done.get(index)!);
    const seconds = (performance.now() - begin) / 1000;
    return { annotations, summary: summarise(annotations, resumed, seconds) };
  } finally {
    await file?.close();
  }
}

/** A text that is too long is that text's result. */
async function annotationOrUnfit(
  annotator: Annotator,
  text: TrainingExample,
  signal: AbortSignal,
): Promise<Annotation> {
  try {
    return annotationOf(text, await annotator.annotate(text, signal));
  } catch (error) {
    if (!(error instanceof ToolkenError && error.code === "CONTEXT_FULL")) throw error;
    return { example: text, marks: [], unmarked: [], leftOut: "the text does not fit into the context" };
  }
}

/** A text with its marks; one that teaches a head to pass over a calculation is left out. */
function annotationOf(text: TrainingExample, { calls, unmarked, wrong }: TextMarks): Annotation {
  const leftOut = wrong ?? (calls.length === 0 ? "no calculation was found" : undefined);
  return {
    example: {
      ...text,
      calls: calls.map(({ tool, start, end, args, result }) => ({ tool, start, end, args, result })),
    },
    marks: calls.map(({ stated, probability }) => ({ stated, probability })),
    unmarked,
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

function summarise(annotations: readonly Annotation[], resumed: number, seconds: number): AnnotationSummary {
  const kept = annotations.filter(({ leftOut }) => leftOut === undefined);
  const marks = kept.flatMap((annotation) => annotation.marks ?? []);
  const reasons = annotations.flatMap(({ unmarked }) => unmarked.map(({ reason }) => reason));
  return {
    texts: annotations.length,
    annotated: kept.length,
    leftOut: annotations.length - kept.length,
    converted: annotations.filter((annotation) => annotation.marks === undefined).length,
    calls: kept.reduce((sum, { example }) => sum + example.calls.length, 0),
    stated: marks.filter(({ stated }) => stated).length,
    chosen: marks.filter(({ stated }) => !stated).length,
    unmarked: Object.fromEntries(
      UNMARKED_REASONS.map((reason) => [reason, reasons.filter((one) => one === reason).length]),
    ) as Record<UnmarkedReason, number>,
    resumed,
    seconds,
  };
}

function digest(values: unknown): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex").slice(0, 16);
}
