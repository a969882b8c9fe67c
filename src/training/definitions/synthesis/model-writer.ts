// A local model writes the requests of a tool in parallel sequences that share their prompt's KV cells.
import { throwIfAborted } from "../../../errors.js";
import { Batcher } from "../../../generation/batcher.js";
import { inParallel } from "../../../generation/in-parallel.js";
import { Sampler } from "../../../generation/sampler.js";
import type { Context } from "../../../model/context.js";
import type { Model } from "../../../model/model.js";
import { encodeConversation } from "../../../prompts/chat/control-text.js";
import { conversationFormat } from "../../../prompts/chat/conversation-format.js";
import { QUESTION_SLOT } from "../../../prompts/prompts.js";
import { resolveOptions } from "../../../utils/options.js";
import { modelWriterOptions, type ModelWriterOptions } from "./options.js";
import type { RequestWriter, WritingJob, WritingTask } from "./writer.js";
import { FEW_SHOT_EXAMPLES, fewShotTask, fewShotTool, userTurnSystem } from "./writer-prompts.js";

const CANDIDATES = 64;
const SAMPLING = { topK: CANDIDATES, topP: 0.95, minP: 0.02, repeatPenalty: 1, repeatLastTokens: 0 };

/** Sequence of the prompt that all jobs share, and of the part that a job's tasks share. */
const COMMON = 0;
const JOB = 1;
const FIRST_SLOT = 2;

/** KV cells of one task beyond what it shares. */
const CELLS_PER_TASK = 512;

/** @throws `INVALID_ARGUMENT`, `CONTEXT_CREATE_FAILED`, `CHAT_TEMPLATE_FAILED`. */
export async function modelWriter(model: Model, options: ModelWriterOptions = {}): Promise<RequestWriter> {
  const { family, parallel, temperature, maxTokens, threads } = resolveOptions(
    modelWriterOptions,
    options,
    "modelWriter",
  );
  const prompts = family === "few-shot" ? fewShotPrompts(model) : await userTurnPrompts(model);
  const { common } = prompts;
  const context = await model.createContext({
    contextSize: common.length + 1024 + parallel * CELLS_PER_TASK,
    sequences: FIRST_SLOT + parallel,
    ...(threads === undefined ? {} : { threads }),
  });
  const session = new WriterSession(model, context, common, { temperature, maxTokens, parallel });
  return {
    name: `${model.facts.name || "model"} (${family})`,
    async write(job, signal) {
      await session.begin(await prompts.job(job, signal), signal);
      const texts = new Array<string>(job.tasks.length).fill("");
      await inParallel([...job.tasks.entries()], parallel, signal, async ([i, task], stop) => {
        texts[i] = await session.write(await prompts.task(job, task, stop), task.seed, stop);
      });
      return texts;
    },
    dispose: () => context.dispose(),
  };
}

/** Token sequences of a prompt, in the order in which they follow each other. */
interface WriterPrompts {
  readonly common: Int32Array;
  job(job: WritingJob, signal?: AbortSignal): Promise<Int32Array>;
  task(job: WritingJob, task: WritingTask, signal?: AbortSignal): Promise<Int32Array>;
}

function fewShotPrompts({ tokenizer }: Model): WriterPrompts {
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  return {
    common: Int32Array.from([...bos, ...tokenizer.encode(FEW_SHOT_EXAMPLES)]),
    job: (job) => Promise.resolve(tokenizer.encode(fewShotTool(job))),
    task: (_, task) => Promise.resolve(tokenizer.encode(fewShotTask(task))),
  };
}

/** The chat template up to where a user's first message begins, after a system message about the tool. */
async function userTurnPrompts(model: Model): Promise<WriterPrompts> {
  const format = await conversationFormat(model);
  const { tokenizer } = model;
  const render = async (system: string, signal?: AbortSignal): Promise<string> => {
    const messages = [
      { role: "system" as const, content: system },
      { role: "user" as const, content: QUESTION_SLOT },
    ];
    const text = await format.render(messages, [], signal);
    return text.slice(0, text.lastIndexOf(QUESTION_SLOT));
  };
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  return {
    // Nothing but BOS: the tool comes first in the system message.
    common: Int32Array.from(bos),
    job: () => Promise.resolve(new Int32Array(0)),
    async task(job, task, signal) {
      const text = await render(userTurnSystem(job, task), signal);
      const tokens = encodeConversation(tokenizer, text);
      return bos.length > 0 && tokens[0] === bos[0] ? tokens.slice(1) : tokens;
    },
  };
}

class WriterSession {
  readonly #model: Model;
  readonly #context: Context;
  readonly #batcher: Batcher;
  readonly #common: Int32Array;
  readonly #settings: { readonly temperature: number; readonly maxTokens: number };
  readonly #slots: number[];
  #shared = 0;

  constructor(
    model: Model,
    context: Context,
    common: Int32Array,
    settings: { readonly temperature: number; readonly maxTokens: number; readonly parallel: number },
  ) {
    this.#model = model;
    this.#context = context;
    this.#batcher = new Batcher(context);
    this.#common = common;
    this.#settings = settings;
    this.#slots = Array.from({ length: settings.parallel }, (_, i) => FIRST_SLOT + i);
  }

  /** Computes what the tasks of a job share. */
  async begin(tokens: Int32Array, signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    const options = signal === undefined ? {} : { signal };
    if (this.#common.length > 0 && (await this.#context.length(COMMON)) === 0) {
      await this.#context.prefill(COMMON, this.#common, { top: 1 }, options);
    }
    await this.#context.rollBack(JOB, 0);
    if (this.#common.length > 0) await this.#context.sharePrefix(COMMON, JOB, this.#common.length);
    if (tokens.length > 0) await this.#context.prefill(JOB, tokens, { top: 1 }, options);
    this.#shared = this.#common.length + tokens.length;
  }

  async write(prompt: Int32Array, seed: number, signal: AbortSignal): Promise<string> {
    const { tokenizer } = this.#model;
    const slot = this.#slots.pop()!;
    try {
      await this.#context.rollBack(slot, 0);
      if (this.#shared > 0) await this.#context.sharePrefix(JOB, slot, this.#shared);
      const sampler = new Sampler({ ...SAMPLING, temperature: this.#settings.temperature, seed });
      const decoder = tokenizer.decoder();
      let position = this.#shared;
      let next: ArrayLike<number> = prompt;
      let text = "";
      for (let count = 0; count < this.#settings.maxTokens; count++) {
        const output = await this.#batcher.decode(slot, position, next, { top: CANDIDATES }, signal);
        position += next.length;
        const id = sampler.choose(output, () => true, [])!.id;
        if (tokenizer.isEndOfGeneration(id)) break;
        text += decoder.write(id);
        if (text.trim() !== "" && text.trimStart().includes("\n")) break;
        next = [id];
      }
      return text + decoder.end();
    } finally {
      this.#slots.push(slot);
    }
  }
}
