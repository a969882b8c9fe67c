// Writes a problem as the texts that models, heads and evaluations read.

import { z } from "zod";
import { value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { invalidArgument } from "../../errors.js";
import type { WordProblem, WordProblemCall } from "./problem.js";

/** What a stretch of a text is for, so that a trainer can weigh it. */
export type TextRole = "context" | "question" | "answer" | "result" | "arguments";

export interface TextSpan {
  /** Offsets in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly role: TextRole;
}

/** A text with the roles of its stretches, gapless from start to end. */
export interface LanguageModelText {
  readonly text: string;
  readonly spans: readonly TextSpan[];
}

/** The shape that head training reads: the text with results in place. */
export interface WordProblemTrainingExample {
  readonly id: string;
  readonly text: string;
  readonly calls: readonly {
    readonly tool: string;
    /** Offsets of the result in the text, in UTF-16 units. */
    readonly start: number;
    readonly end: number;
    readonly args: string;
    readonly result: string;
  }[];
  /** Where the question ends and the answer begins. */
  readonly questionEnd: number;
}

export interface WordProblemEvaluationRecord {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly calls: readonly { readonly tool: string; readonly args: string; readonly result: string }[];
}

const toolModeOptions = defineOptions({
  header: z
    .enum(["tag", "instruction", "none"])
    .default("tag")
    .describe("`tag`: `<subtract>`; `instruction`: a sentence that names the tool"),
  demonstrations: value<readonly WordProblem[]>("word problems", Array.isArray)
    .optional()
    .describe("Solved problems before the question; only those that call the same operator are of use"),
  earlierResults: z
    .boolean()
    .default(true)
    .describe("Whether earlier calls show their results (`…=<add>(1, 2)=3`) or end with the bracket"),
});
export type ToolModeTextOptions = OptionsOf<typeof toolModeOptions>;

/** `Q: …\nA: 8412-377=8035. So, the answer is 8035.`, after as many solved problems as given. */
export function reasoningText(
  problem: WordProblem,
  demonstrations: readonly WordProblem[] = [],
): LanguageModelText {
  const writer = new Writer();
  for (const example of demonstrations) {
    writer.write("context", `${reasoningText(example).text}\n\n`);
  }
  writeQuestion(writer, problem);
  for (const part of problem.reasoning) {
    if (typeof part === "string") writer.write("answer", part);
    else writer.write("result", problem.calls[part.call]!.result);
  }
  return writer.done();
}

/**
 * The text of tool mode for one call: header, demonstrations, question, the answer so far with earlier calls
 * written as calls, and this call up to its closing bracket: `8412-377=<subtract>(8412, 377)`.
 */
export function toolModeText(
  problem: WordProblem,
  callIndex: number,
  options: ToolModeTextOptions = {},
): LanguageModelText {
  const {
    header,
    demonstrations = [],
    earlierResults,
  } = resolveOptions(toolModeOptions, options, "toolModeText");
  const current = problem.calls[callIndex];
  if (current === undefined)
    throw invalidArgument(`a call of ${problem.calls.length}`, "callIndex", callIndex);
  const writer = new Writer();
  if (header === "tag") writer.write("context", `<${current.tool}>\n`);
  if (header === "instruction")
    writer.write("context", `Answer the following question with <${current.tool}>:\n\n`);
  for (const example of demonstrations) {
    writeQuestion(writer, example, "context");
    for (const part of example.reasoning) {
      const call = typeof part === "string" ? undefined : example.calls[part.call]!;
      writer.write("context", call === undefined ? (part as string) : `${writtenCall(call)}=${call.result}`);
    }
    writer.write("context", "\n\n");
  }
  writeQuestion(writer, problem);
  for (const part of problem.reasoning) {
    if (typeof part === "string") writer.write("answer", part);
    else if (part.call < callIndex) {
      const call = problem.calls[part.call]!;
      writer.write("context", writtenCall(call) + (earlierResults ? `=${call.result}` : ""));
    } else {
      writer.write("context", `<${current.tool}>(`);
      writer.write("arguments", `${current.args.join(", ")})`);
      break;
    }
  }
  return writer.done();
}

export function trainingExample(problem: WordProblem): WordProblemTrainingExample {
  const { text, spans } = reasoningText(problem);
  const results = spans.filter((span) => span.role === "result");
  const order = problem.reasoning.flatMap((part) => (typeof part === "string" ? [] : [part.call]));
  return {
    id: problem.id,
    text,
    calls: results.map(({ start, end }, i) => {
      const { tool, args, result } = problem.calls[order[i]!]!;
      return { tool, start, end, args: args.join(", "), result };
    }),
    questionEnd: spans.find((span) => span.role !== "question")!.start,
  };
}

export function evaluationRecord(problem: WordProblem): WordProblemEvaluationRecord {
  const { id, question, answer, calls } = problem;
  return {
    id,
    question,
    answer,
    calls: calls.map(({ tool, args, result }) => ({ tool, args: args.join(", "), result })),
  };
}

function writeQuestion(writer: Writer, problem: WordProblem, role: TextRole = "question"): void {
  writer.write(role, `Q: ${problem.question}\nA:`);
  // The space belongs to the answer's first word: tokenizers join them.
  writer.write(role === "question" ? "answer" : role, " ");
}

function writtenCall({ tool, args }: WordProblemCall): string {
  return `<${tool}>(${args.join(", ")})`;
}

/** Collects stretches of text with their roles; neighbours of one role become one span. */
class Writer {
  #text = "";
  readonly #spans: TextSpan[] = [];

  write(role: TextRole, piece: string): void {
    const start = this.#text.length;
    this.#text += piece;
    const end = this.#text.length;
    const last = this.#spans.at(-1);
    if (last?.role === role) this.#spans[this.#spans.length - 1] = { start: last.start, end, role };
    else this.#spans.push({ start, end, role });
  }

  done(): LanguageModelText {
    return { text: this.#text, spans: this.#spans };
  }
}
