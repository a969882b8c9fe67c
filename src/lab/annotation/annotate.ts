// Plain solutions become training texts: every calculation marked that computing and a model agree on.
import { createHash } from "node:crypto";
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
import { integer } from "../../utils/integer.js";

export interface AnnotateOptions {
  /** Operators that may be marked. Default: the thirteen of `mathTools`. */
  readonly tools?: Iterable<Tool> | undefined;
  /**
   * Worked solutions before each text, with calculations written out (`12*30=360`). Default: the library's own; none
   * for the embedded model.
   */
  readonly prompt?: string | undefined;
  /**
   * A number is marked where the model gives its calculations together at least this probability, against the number
   * alone. 0 marks every number that a calculation gives. Default: 0.01.
   */
  readonly threshold?: number | undefined;
  /** JSON Lines in the project's training form, appended to as texts are done. Default: none. */
  readonly out?: string | undefined;
  /** Keep the lines that `out` has already; otherwise a file that has some is refused. Default: true. */
  readonly resume?: boolean | undefined;

  // ---- size and speed ----
  /** Texts that share each decode. 1…64. Default: 4. */
  readonly parallel?: number | undefined;
  /** KV cells. Default: the prompt's tokens and 1,024 for each of these texts. */
  readonly contextSize?: number | undefined;
  /** Default: the model's. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with finished and all texts; first with the resumed ones. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told in words, such as a torn line that was dropped. */
  readonly onNote?: ((note: string) => void) | undefined;
}

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
  /** In the order of the solutions. */
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
  options: AnnotateOptions = {},
): Promise<Annotations> {
  const settings = readOptions(model, options);
  const { signal, onProgress, onNote } = options;
  const given: unknown = solutions;
  if (!Array.isArray(given)) throw invalidArgument("an array of texts", "solutions", given);
  const texts = solutions.map((solution) => validateExample(solution, solution.source));
  throwIfAborted(signal);

  const begin = performance.now();
  const { tools, prompt, threshold } = settings;
  const setup = digest([await model.fingerprint(), tools.map(({ name }) => name), prompt, threshold]);
  const file =
    options.out === undefined
      ? undefined
      : await openAnnotations(options.out, { texts, settings: setup, resume: options.resume ?? true });
  try {
    if (file?.droppedTornLine === true) {
      onNote?.(
        `Dropped the last line of ${options.out ?? ""}: an earlier run was stopped while it was written`,
      );
    }
    const done = new Map(file?.cached);
    const resumed = done.size;
    onProgress?.(resumed, texts.length);
    const keep = async (index: number, annotation: Annotation): Promise<void> => {
      await file?.append(annotationLine(index, setup, annotation));
      done.set(index, annotation);
      onProgress?.(done.size, texts.length);
    };

    const open = [...texts.entries()].filter(([index]) => !done.has(index));
    const plain = open.filter(([, { calls }]) => calls.length === 0);
    for (const [index, text] of open) {
      if (text.calls.length > 0) await keep(index, { example: text, unmarked: [] });
    }
    if (plain.length > 0) {
      await using annotator = await Annotator.create(model, settings);
      await inParallel(plain, settings.parallel, signal, async ([index, text], stop) => {
        await keep(index, await annotationOrUnfit(annotator, text, stop));
      });
    }
    const annotations = texts.map((_, index) => done.get(index)!);
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

// ---- options ----

function readOptions(model: Model, options: AnnotateOptions) {
  const { prompt = defaultPrompt(model), threshold = DEFAULT_THRESHOLD, parallel = 4 } = options;
  if (typeof prompt !== "string") throw invalidArgument("a text", "prompt", prompt);
  if (typeof threshold !== "number" || !(threshold >= 0 && threshold <= 1)) {
    throw invalidArgument("a number from 0 to 1", "threshold", threshold);
  }
  integer(parallel, "parallel", 1, MAX_PARALLEL);
  const tools = annotatorTools([...toolSet(options.tools ?? mathTools)]);
  const { contextSize, threads } = options;
  return { prompt, threshold, parallel, tools, contextSize, threads };
}

export const DEFAULT_THRESHOLD = 0.01;
const MAX_PARALLEL = 64;

function digest(values: unknown): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex").slice(0, 16);
}
