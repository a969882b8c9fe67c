// Loads what the shared flags name: model, head, tools, and the toolken made of them.
import { ToolkenError, throwIfAborted } from "../errors.js";
import { readTextFile } from "../utils/open-file.js";
import type { DecodingStrategy } from "../generation/strategy.js";
import type { PlanForm } from "../lab/plans/plan.js";
import { planStrategy } from "../lab/plans/plan-strategy.js";
import { labToolSets } from "../lab/word-problems/money-tools.js";
import { createEngine } from "../engine/create-engine.js";
import type { EngineOptions } from "../engine/prepare-engine.js";
import type { Engine } from "../generation/engine.js";
import { ToolHead } from "../head/tool-head.js";
import { EMBEDDED_MODEL } from "../model/embedded.js";
import { loadModel } from "../model/load-model.js";
import type { Model } from "../model/model.js";
import { Reranker } from "../reranker/reranker.js";
import { loadTools, mathTools, type Tool } from "../tools/index.js";
import type { TrainingProgress } from "../training/options.js";
import { openMcpServers } from "../integrations/mcp/index.js";
import type { McpFlag, ModelFlags, PlanFlag, ToolkenFlags, ToolsFlag } from "./flags.js";
import type { Io } from "./io.js";
import { showTraining } from "./show-training.js";

/** The named model, or the embedded one. @throws what {@link loadModel} throws. */
export async function openModel(flags: ModelFlags, io: Io): Promise<Model> {
  if (flags.model === undefined) io.note(`Without --model: ${EMBEDDED_MODEL}, the embedded model.`);
  const path = flags.model ?? EMBEDDED_MODEL;
  const progress = io.progress("Loading the model");
  try {
    return await loadModel(path, {
      gpu: flags.gpu,
      gpuLayers: flags.gpuLayers,
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      signal: io.signal,
      onProgress: ({ done }) => {
        progress.update(Math.round(done * 100), 100);
      },
    });
  } finally {
    progress.stop();
  }
}

/** Without --model and --head the embedded model answers with its own head. */
export function withEmbeddedHead<Flags extends ModelFlags & ToolkenFlags>(flags: Flags): Flags {
  return flags.model === undefined && flags.head === undefined ? { ...flags, head: EMBEDDED_MODEL } : flags;
}

/** The named tools; by default the operators of arithmetic, of which only those that the head has. */
export async function openTools(flags: ToolsFlag, head?: ToolHead): Promise<readonly Tool[]> {
  if (flags.tools !== undefined) return loadTools(flags.tools, { sets: labToolSets });
  if (head === undefined) return mathTools;
  const known = mathTools.filter(({ name }) => head.has(name));
  if (known.length > 0) return known;
  throw new ToolkenError("UNKNOWN_TOOL", `None of the head's tools is known: ${firstOf(head.tools)}`, {
    hint: "Pass --tools with the path of a module that exports them.",
  });
}

/** Tools of modules and of MCP servers; iterates those that the servers have now. */
export type OpenTools = Iterable<Tool> & AsyncDisposable;

/** Tools of `--tools` and `--mcp`; `fallback` without either. */
export async function openToolsAndServers(
  flags: ToolsFlag & McpFlag,
  io: Io,
  fallback: readonly Tool[] = [],
): Promise<OpenTools> {
  const { tools: specs, mcp } = flags;
  const own =
    specs !== undefined ? await loadTools(specs, { sets: labToolSets }) : mcp === undefined ? fallback : [];
  if (mcp === undefined) {
    return { [Symbol.iterator]: () => own.values(), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const progress = io.progress("Starting the MCP servers");
  const servers = await openMcpServers(mcp, {
    reserved: own.map(({ name }) => name),
    signal: io.signal,
    onChange: (error) => {
      if (error === undefined) io.hint("The tools of an MCP server have changed.");
      else io.note(`The tools of an MCP server could not be read again: ${error.message}`);
    },
  }).finally(() => {
    progress.stop();
  });
  return {
    *[Symbol.iterator]() {
      yield* own;
      yield* servers;
    },
    [Symbol.asyncDispose]: () => servers.close(),
  };
}

/** The form of plans. @throws `FILE_NOT_FOUND`, `FILE_INVALID`. */
export async function openPlan({ plan }: PlanFlag): Promise<DecodingStrategy | undefined> {
  if (plan === undefined) return undefined;
  const text = await readTextFile(plan);
  try {
    return planStrategy(JSON.parse(text) as PlanForm);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("FILE_INVALID", `Expected the form of plans in ${plan}: ${reason}`, { cause });
  }
}

interface ToolkenSetup {
  /** Runs that share each decode. */
  readonly parallel: number;
  readonly batchInvariant?: boolean;
  readonly kvUnified?: boolean | undefined;
  /** Best tools that a step gives. */
  readonly topTools?: number | undefined;
  /** Default: that of the flags. */
  readonly head?: HeadOption;
  /** Default: those of the flags. */
  readonly tools?: readonly Tool[];
}

export type HeadOption = Pick<EngineOptions, "head" | "autoHead">;

/** The head of a file, or "auto": trained once from the tools' definitions. */
export async function openHead(
  { head, force = false }: { readonly head?: string | undefined; readonly force?: boolean },
  model: Model,
  io: Io,
): Promise<HeadOption> {
  if (head === undefined) return {};
  if (head !== "auto") return { head: await ToolHead.load(head, { for: await model.identity(), force }) };
  const progress = io.progress("Training a head for the tools");
  const onProgress = (event: TrainingProgress): void => {
    showTraining(progress, event, { generation: "requests written" });
    if (event.phase === "evaluation") progress.stop();
  };
  return { head, autoHead: { signal: io.signal, onProgress } };
}

/** A toolken on a loaded model. */
export async function openEngine(
  model: Model,
  flags: ToolkenFlags,
  io: Io,
  { kvUnified, topTools, head: given, tools: open, ...options }: ToolkenSetup,
): Promise<Engine> {
  const head = given ?? (await openHead(flags, model, io));
  const loaded = head.head instanceof ToolHead ? head.head : undefined;
  // Without a head tools would be listed in the prompt: only those that were asked for.
  const none = head.head === undefined && flags.tools === undefined;
  const tools = open ?? (none ? [] : await openTools(flags, loaded));
  const reranker =
    flags.reranker === undefined
      ? undefined
      : await Reranker.load(flags.reranker, { for: await model.identity(), force: flags.force });
  throwIfAborted(io.signal);
  return createEngine(model, {
    ...head,
    tools,
    reranker,
    rerankTopK: flags.topKTools,
    prompts: flags.prompts,
    chat: flags.chat,
    constrainInput: flags.grammar,
    contextSize: flags.contextSize,
    ...options,
    advanced: { placement: flags.placement, kvUnified, topTools },
  });
}

function firstOf(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
