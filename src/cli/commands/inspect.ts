// `toolken inspect`: what the model and its head weigh against each other at every step of an answer.
import { z } from "zod";
import type { GenerateResult, Candidate, Rerank, StreamPart } from "../../generation/events.js";
import { type Command, defineCommand } from "../command.js";
import { jsonFlag, modelFlags, runFlags, runOptions, toolkenFlags } from "../flags.js";
import type { Io } from "../io.js";
import { openPage } from "../open-page.js";
import { usageError } from "../parse.js";
import { serveEngine } from "../serve-engine.js";
import { openModel, openEngine, withEmbeddedHead } from "../session.js";
import { highlightedAnswer, rerankLine, usageLine } from "../show-answer.js";

/** Best outcomes that a step is asked for; a tool below them all is not worth a column. */
const OUTCOMES = 64;

export const inspect: Command = defineCommand({
  name: "inspect",
  group: "Answering",
  summary: "Show the joint distribution over tokens and tools at every step of an answer",
  positionals: ["question"],
  examples: [
    {
      command: 'toolken inspect --model model.gguf --head math.safetensors "What is 13,289 plus 7,899?"',
      does: "best tokens and tools with their probabilities",
    },
    {
      command: "toolken inspect --model model.gguf --head math.safetensors --open",
      does: "the same in a page of your browser",
    },
  ],
  options: z.object({
    question: z.string().min(1).optional().describe("The question; optional with --open"),
    open: z
      .boolean()
      .default(false)
      .describe("Show it in a page of your browser instead, and answer there until interrupted"),
    topTokens: z.int().min(1).max(OUTCOMES).default(4).describe("Tokens that are shown of a step"),
    topTools: z.int().min(0).max(OUTCOMES).default(3).describe("Tools that are shown of a step"),
    ...modelFlags,
    ...toolkenFlags,
    ...runFlags,
    ...jsonFlag,
  }),
  async run(options, io) {
    const { question, open } = options;
    if (question === undefined && !open) throw usageError(inspect, "Missing --question: The question");
    await using model = await openModel(options, io);
    const setup = { parallel: 1, topTools: OUTCOMES };
    await using engine = await openEngine(model, withEmbeddedHead(options), io, setup);
    if (question === undefined || open) {
      const hash = question === undefined ? "" : `#${new URLSearchParams({ question }).toString()}`;
      await serveEngine(engine, {}, { port: 0 }, io, (page) => {
        openPage(page + hash, (reason) => {
          io.note(`No browser could be opened (${reason}). Open ${page} yourself.`);
        });
      });
      return undefined;
    }
    const settings = { ...runOptions(options), topCandidates: OUTCOMES, signal: io.signal };
    if (!options.json) io.print(io.style("dim", "step  taken                 best tokens and tools"));
    for await (const step of steps(engine.stream({ prompt: question, ...settings }))) {
      if (step.type === "done") {
        if (options.json) io.printJson(step);
        else showEnd(step.answer, io);
        continue;
      }
      const tokens = step.outcomes.filter(({ tool }) => tool === undefined).slice(0, options.topTokens);
      const tools = step.outcomes.filter(({ tool }) => tool !== undefined).slice(0, options.topTools);
      if (options.json) io.printJson({ ...step, outcomes: undefined, tokens, tools });
      else showStep(step, tokens, tools, io);
    }
    return undefined;
  },
});

interface Step {
  readonly type: "step";
  /** From 1. */
  readonly step: number;
  readonly outcomes: readonly Candidate[];
  /** What became of it: a token's text, a call with its result; null at the end of generation. */
  readonly taken: string | null;
  readonly tool?: string;
  /** What the reranker said about it; it is asked at most once, and where a call is required once more. */
  readonly reranks: readonly Rerank[];
  /** Calls that failed before it. */
  readonly backtracked: readonly string[];
}

/** Events gathered step by step: a step is over when the next one's candidates come. */
async function* steps(
  events: AsyncIterable<StreamPart>,
): AsyncGenerator<Step | { readonly type: "done"; readonly answer: GenerateResult }> {
  let count = 0;
  let step:
    | {
        outcomes: readonly Candidate[];
        taken: string | null;
        tool?: string;
        reranks: Rerank[];
        backtracked: string[];
      }
    | undefined;
  for await (const event of events) {
    switch (event.type) {
      case "candidates":
        if (step !== undefined) yield { type: "step", step: ++count, ...step };
        step = { outcomes: event.candidates, taken: null, reranks: [], backtracked: [] };
        break;
      case "rerank": {
        const { at, tentative, candidates, reject, decision } = event;
        step?.reranks.push({ at, tentative, candidates, reject, decision });
        break;
      }
      case "text-delta": {
        const taken = step?.outcomes.find(({ token }) => token === event.token);
        // Text that was held back comes with a token of -1.
        if (step !== undefined && event.token >= 0) step.taken = taken?.text ?? event.text;
        break;
      }
      case "tool-call":
        break;
      case "tool-result":
        if (step !== undefined) {
          const { toolName: tool, inputText: argumentsText, outputText: result } = event;
          step.taken = `<${tool}>(${argumentsText})=${result}`;
          step.tool = tool;
        }
        break;
      case "tool-error":
        step?.backtracked.push(`<${event.toolName}>(${event.inputText}): ${event.error.message}`);
        break;
      case "finish":
        if (step !== undefined) yield { type: "step", step: ++count, ...step };
        yield { type: "done", answer: event.result };
    }
  }
}

const TAKEN_WIDTH = 20;
const MIN_SHOWN = 0.00005;

function showStep(step: Step, tokens: readonly Candidate[], tools: readonly Candidate[], io: Io): void {
  const number = String(step.step).padStart(4);
  const taken =
    step.taken === null ? "(end)" : step.tool === undefined ? JSON.stringify(step.taken) : step.taken;
  const left = io.style(step.tool === undefined ? "bold" : ["bold", "cyan"], taken.padEnd(TAKEN_WIDTH));
  const right = [
    ...tokens.map((outcome) => `${JSON.stringify(outcome.text)} ${percent(outcome, io)}`),
    ...tools.map((outcome) => `${io.style("cyan", `<${outcome.text}>`)} ${percent(outcome, io)}`),
  ];
  io.print(`${number}  ${left}  ${right.join("  ")}`);
  for (const rerank of step.reranks) io.print(`      ${io.style("magenta", rerankLine(rerank))}`);
  for (const failed of step.backtracked) io.print(`      ${io.style("yellow", `failed: ${failed}`)}`);
}

function percent({ probability }: Candidate, { style }: Io): string {
  const shown = probability < MIN_SHOWN ? "<0.01" : (100 * probability).toFixed(probability < 0.1 ? 2 : 1);
  return style("dim", `${shown}%`);
}

function showEnd(answer: GenerateResult, io: Io): void {
  io.print("");
  io.print(highlightedAnswer(answer, io));
  io.print(io.style("dim", `${answer.finishReason}; ${usageLine(answer.toolCalls.length, answer.usage)}`));
}
