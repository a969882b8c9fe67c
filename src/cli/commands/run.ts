// `toolken run`: a question in, an answer out, its arithmetic done by tools.
import { z } from "zod";
import type { GenerateResult } from "../../generation/events.js";
import type { CallSettings } from "../../generation/options.js";
import type { Engine } from "../../generation/engine.js";
import type { MessageInput } from "../../prompts/chat/messages.js";
import { defineCommand } from "../command.js";
import { jsonFlag, modelFlags, planFlag, runFlags, runOptions, toolkenFlags } from "../flags.js";
import type { Io } from "../io.js";
import { questionsFrom } from "../questions.js";
import { openModel, openPlan, openEngine, withEmbeddedHead } from "../session.js";
import { changesOf, highlightedAnswer, highlightedCall, rerankLine, usageLine } from "../show-answer.js";

export const run = defineCommand({
  name: "run",
  group: "Answering",
  summary: "Answer a question, or each line of standard input",
  positionals: ["question"],
  everyday: [
    "question",
    "model",
    "head",
    "tools",
    "prompts",
    "toolChoice",
    "maxTokens",
    "temperature",
    "seed",
    "json",
  ],
  examples: [
    {
      command: 'toolken run --model model.gguf --head math.safetensors "What is 13,289 plus 7,899?"',
      does: "one answer",
    },
    {
      command: "toolken run --model model.gguf --head math.safetensors --json < questions.txt",
      does: "a JSON line per question",
    },
    {
      command: 'toolken run --model model.gguf --head math.safetensors --reranker rerank.safetensors "…"',
      does: "every call is reranked, and may be rejected",
    },
  ],
  options: z.object({
    question: z
      .string()
      .optional()
      .describe("The question; without one, a question per line of standard input"),
    ...modelFlags,
    ...toolkenFlags,
    ...runFlags,
    ...planFlag,
    stream: z
      .boolean()
      .optional()
      .describe("Print the answer while it is written")
      .meta({ group: "Output", defaultText: "on a terminal" }),
    ...jsonFlag,
  }),
  async run(options, io) {
    const strategy = await openPlan(options);
    await using model = await openModel(options, io);
    await using engine = await openEngine(model, withEmbeddedHead(options), io, { parallel: 1 });
    const settings: CallSettings = { ...runOptions(options), strategy, signal: io.signal };
    const streams = !options.json && (options.stream ?? io.isTerminal);
    for await (const question of questionsFrom(options.question, io)) {
      const answer = streams
        ? await streamed(engine, question, settings, io)
        : await engine.generate({ ...asked(engine, question), ...settings });
      if (options.json) {
        io.printJson({ question, ...answer });
        continue;
      }
      if (!streams) io.print(highlightedAnswer(answer, io));
      for (const rerank of changesOf(answer)) io.hint(rerankLine(rerank));
      io.hint(usageLine(answer.toolCalls.length, answer.usage));
    }
    return undefined;
  },
});

async function streamed(
  engine: Engine,
  question: string,
  settings: CallSettings,
  io: Io,
): Promise<GenerateResult> {
  let shown = "";
  for await (const event of engine.stream({ ...asked(engine, question), ...settings })) {
    if (event.type === "text-delta") {
      io.write(shown === "" ? event.text.trimStart() : event.text);
      shown += event.text;
    } else if (event.type === "tool-result") {
      const lead = " ".repeat(Math.max(0, event.start - shown.length));
      io.write(lead + highlightedCall(event, io));
      shown += lead + event.outputText;
    } else if (event.type === "finish") {
      io.write("\n");
      // A required call can take back what was written: then the answer is shown once more, as it is.
      if (!isSame(shown, event.result.text)) io.print(highlightedAnswer(event.result, io));
      return event.result;
    }
  }
  throw new Error("a run ends with its answer");
}

/** A head that decides on requests answers conversations, others continue a text. */
function asked(
  engine: Engine,
  question: string,
): { readonly prompt: string } | { readonly messages: readonly MessageInput[] } {
  if (engine.head?.decision == null) return { prompt: question };
  return { messages: [{ role: "user", content: question }] };
}

function isSame(shown: string, text: string): boolean {
  return shown.replaceAll(/\s/g, "") === text.replaceAll(/\s/g, "");
}
