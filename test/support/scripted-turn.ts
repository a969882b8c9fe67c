import { ChatRunner, turnParts } from "../../src/generation/chat/chat-runner.js";
import type { Probe } from "../../src/generation/chat/probe.js";
import { readChatSettings } from "../../src/generation/chat/settings.js";
import type { GenerateResult, StreamPart } from "../../src/generation/events.js";
import { type CallSettings, callOptions } from "../../src/generation/options.js";
import type { Message, Model, Tool } from "../../src/index.js";
import type { ConversationFormat } from "../../src/prompts/chat/format.js";
import { toolSet } from "../../src/tools/index.js";
import { resolveOptions } from "../../src/utils/options.js";
import { scriptedSequence } from "./scripted-sequence.js";

/** What the model may write as its turn, the most probable first; tokens are taken of those that go on with `turn`. */
export type Plan = (turn: string, conversation: string) => readonly string[];

export interface ScriptedTurn {
  readonly parts: readonly StreamPart[];
  readonly result: GenerateResult;
  /** What the parts gave of the text. */
  readonly streamed: string;
}

/** One turn of a model without a chat template that writes by a plan. */
export async function scriptedTurn(
  model: Model,
  tools: readonly Tool[],
  plan: Plan,
  {
    probe,
    format,
    begins = "Assistant:",
    ...settings
  }: CallSettings & {
    readonly probe?: Pick<Probe, "decide">;
    readonly format?: ConversationFormat;
    /** What a turn comes after. */
    readonly begins?: string;
  } = {},
): Promise<ScriptedTurn> {
  const set = toolSet(tools);
  const runner = new ChatRunner(model, set, true, {
    toolPromptBudget: 1e6,
    ...(format === undefined ? {} : { format }),
  });
  const options = resolveOptions(callOptions, { maxOutputTokens: 200, ...settings }, "generate");
  const read = readChatSettings(options, set, { contextSize: 1e6, candidates: 64 });
  const given = probe === undefined ? read : { ...read, ...read.withHead };
  const sequence = scriptedSequence(model, (text) => {
    const turn = text.slice(text.lastIndexOf(begins) + begins.length);
    return plan(turn, text)
      .filter((planned) => planned.startsWith(turn))
      .map((planned) => planned.slice(turn.length));
  });
  const sequences = { conversation: sequence, probe: sequence, setBias: () => Promise.resolve() };
  const messages: Message[] = [{ role: "user", content: "Question?" }];
  const parts: StreamPart[] = [];
  try {
    const turn = await runner.turn(sequences, given, messages, probe as Probe | undefined);
    for await (const part of turnParts(turn)) parts.push(part);
  } finally {
    runner.dispose();
  }
  const last = parts.at(-1);
  if (last?.type !== "finish") throw new Error("no finish part");
  const streamed = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
  return { parts, result: last.result, streamed };
}
