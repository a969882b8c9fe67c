// `toolken lab annotate`: plain solutions become texts that a head can be trained on.
import { z } from "zod";
import {
  annotate,
  type AnnotateOptions,
  type AnnotationSummary,
  annotateOptions,
} from "../../lab/annotation/annotate.js";
import { type Agreement, type AnnotationScore, scoreAnnotations } from "../../lab/annotation/compare.js";
import { DEFAULT_FORM, readSolutions, type Solutions } from "../../lab/annotation/solutions.js";
import { readTextFile } from "../../utils/open-file.js";
import { inShard } from "../../utils/shard.js";
import { locationText } from "../../examples/example.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, modelFlags, shardFlag, toolsFlag } from "../flags.js";
import { openModel, openTools } from "../session.js";

const { resume, threshold, parallel } = annotateOptions.shape;
const TEXTS = "Texts";
const MARKS = "Marks";
const PROBLEMS_SHOWN = 5;

export const annotateCommand = defineCommand({
  name: "lab annotate",
  group: "Data",
  summary: "Mark the calculations of word-problem solutions with a local model, each checked by computing it",
  positionals: ["data"],
  examples: [
    {
      command: "toolken lab annotate solutions.jsonl --model model.gguf --out train.jsonl",
      does: "texts for `toolken train head`; run it again to resume",
    },
    {
      command: "toolken lab annotate marked.jsonl --model model.gguf --score",
      does: "hide known calls and see how many are found",
    },
  ],
  options: z.object({
    data: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        "Solutions: JSON or JSON Lines with question and solution (or answer), or with text; folders of them",
      )
      .meta({ group: TEXTS }),
    form: z
      .string()
      .min(1)
      .default(DEFAULT_FORM)
      // A shell passes a backslash and an n on as they are.
      .transform((form) => form.replaceAll("\\n", "\n"))
      .describe("Question template, [QUESTION] as the slot")
      .meta({ group: TEXTS, defaultText: "Q: [QUESTION]\\nA:" }),
    ...shardFlag,
    limit: z
      .int()
      .min(1)
      .optional()
      .describe("Only the first texts")
      .meta({ group: TEXTS, defaultText: "all" }),
    out: z
      .string()
      .min(1)
      .optional()
      .describe("Training texts: a JSON line per text, written as they are done")
      .meta({ group: TEXTS }),
    ...flagsUnder(TEXTS, { resume }),
    score: z
      .boolean()
      .default(false)
      .describe("Hide the calls that the texts have, and compare them with those that are found")
      .meta({ group: TEXTS }),
    ...modelFlags,
    ...toolsFlag,
    prompt: z
      .string()
      .min(1)
      .optional()
      .describe("File with worked solutions to put before each text")
      .meta({ group: MARKS, defaultText: "the library's own; none for nano" }),
    ...flagsUnder(MARKS, { threshold, parallel }),
    ...jsonFlag,
  }),
  async run(options, io) {
    const read = await readSolutions(options.data, { form: options.form });
    const known = read.solutions.slice(0, options.limit);
    const solutions = options.score ? known.map((solution) => ({ ...solution, calls: [] })) : known;
    const prompt = options.prompt === undefined ? undefined : await readTextFile(options.prompt);
    const tools = await openTools(options);
    await using model = await openModel(options, io);
    const progress = io.progress("Texts");
    const settings: AnnotateOptions = {
      tools,
      prompt,
      threshold: options.threshold,
      out: options.out,
      resume: options.resume,
      shard: options.shard,
      parallel: options.parallel,
      signal: io.signal,
      onNote: io.note,
      onProgress: ({ done, total }) => {
        progress.update(done, total);
      },
    };
    const { annotations, summary } = await annotate(model, solutions, settings).finally(() => {
      progress.stop();
    });
    const scored = known.filter((_, i) => inShard(options.shard, i));
    const score = options.score
      ? scoreAnnotations(
          annotations.map(({ example }, i) => ({ known: scored[i]!.calls, found: example.calls })),
        )
      : undefined;
    if (options.json) {
      const { problems } = read;
      io.printJson({ ...summary, problems, ...(score === undefined ? {} : { score }) });
      return undefined;
    }
    io.print(formatAnnotation(summary, read));
    if (score !== undefined) io.print(`\n${formatAnnotationScore(score)}`);
    if (options.out !== undefined) {
      io.print("");
      io.print(`Saved ${io.style("bold", options.out)}: ${summary.annotated} texts to train on`);
    }
    return undefined;
  },
});

/** The summary as lines for people, without a line end. */
export function formatAnnotation(summary: AnnotationSummary, { problems }: Solutions): string {
  const { given, unexplained, declined, wrong } = summary.unmarked;
  const { texts, resumed } = summary;
  return [
    `Texts     ${summary.annotated} of ${texts} with ${summary.calls} calls, ${summary.leftOut} left out`,
    ...(summary.converted > 0 ? [`          ${summary.converted} came with their calls`] : []),
    `Calls     ${summary.stated} stated by the text, ${summary.chosen} chosen by the model`,
    `Unmarked  ${given} given before, ${unexplained} that no calculation gives, ${declined} declined by the model, ${wrong} with another result`,
    `Time      ${summary.seconds.toFixed(1)} s${resumed > 0 ? `, ${resumed} texts resumed` : ""}`,
    ...(problems.length === 0 ? [] : [`${problems.length} records give no text:`]),
    ...problems.slice(0, PROBLEMS_SHOWN).map((one) => `  ${locationText(one)}: ${one.reason}`),
    ...(problems.length > PROBLEMS_SHOWN ? [`  … and ${problems.length - PROBLEMS_SHOWN} more`] : []),
  ].join("\n");
}

/** Known against found calls as lines for people. */
export function formatAnnotationScore(score: AnnotationScore): string {
  const line = (label: string, { right, precision, recall, f1 }: Agreement): string =>
    `${label.padEnd(11)}${String(right).padStart(6)}${[precision, recall, f1].map((one) => one.toFixed(3).padStart(11)).join("")}`;
  return [
    `${score.known} known calls, ${score.found} found in ${score.texts} texts`,
    "            right  precision     recall         F1",
    line("places", score.places),
    line("tools", score.tools),
    line("calls", score.calls),
  ].join("\n");
}
