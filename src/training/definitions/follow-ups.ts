// What a head reads after a call: conversations that go on with a result.
import type { Message } from "../../prompts/chat/messages.js";
import type { Tool } from "../../tools/index.js";
import { seededRandom } from "../../utils/random.js";
import { type DrawnArguments, drawArguments } from "./synthesis/argument-values.js";
import type { TrainingText } from "./training-text.js";

/** A request with the tool that it needs. */
export interface LabelledRequest {
  readonly text: string;
  /** Index of the tool. */
  readonly target: number;
  /** Default: drawn from the tool's schema. */
  readonly input?: DrawnArguments | undefined;
}

/** Requests that follow-ups are made of, evenly taken; each gives up to three texts. */
const MAX_REQUESTS = 160;

const JOINTS = [" and ", ", then ", ". Also, ", ". "];

/**
 * States after results: a request whose tool was called needs none any more, and one of two requests leaves the other.
 * Before any call the two together need the first one's tool.
 */
export function followUps(
  tools: readonly Tool[],
  requests: readonly LabelledRequest[],
  seed: number,
): TrainingText[] {
  const random = seededRandom(seed);
  const count = Math.min(requests.length, MAX_REQUESTS);
  const taken = Array.from({ length: count }, (_, i) => requests[Math.floor((i * requests.length) / count)]!);
  const none = tools.length;
  return taken.flatMap((first): TrainingText[] => {
    const texts = [followUp([user(first.text), ...called(tools, first, random)], none)];
    const others = taken.filter(({ target }) => target !== first.target);
    if (others.length === 0) return texts;
    const second = others[Math.floor(random() * others.length)]!;
    const joint = JOINTS[Math.floor(random() * JOINTS.length)]!;
    const both = user(`${first.text.replace(/[.!?]\s*$/u, "")}${joint}${second.text}`);
    const afterFirst = [both, ...called(tools, first, random)];
    return [
      ...texts,
      followUp([both], first.target),
      followUp(afterFirst, second.target),
      followUp([...afterFirst, ...called(tools, second, random)], none),
    ];
  });
}

function followUp(text: readonly Message[], target: number): TrainingText {
  return { text, target, source: "follow-up" };
}

function user(content: string): Message {
  return { role: "user", content };
}

/** A call of the request's tool and its result. */
function called(tools: readonly Tool[], { target, input }: LabelledRequest, random: () => number): Message[] {
  const tool = tools[target]!;
  const values = input ?? drawArguments(tool, random);
  const toolCallId = `call_${Math.floor(random() * 1e6)}`;
  const { name: toolName } = tool;
  return [
    { role: "assistant", content: "", toolCalls: [{ toolCallId, toolName, input: values }] },
    { role: "tool", toolCallId, toolName, content: resultText(values, random) },
  ];
}

function resultText(values: DrawnArguments, random: () => number): string {
  const number = Math.round(random() * 1000) / 10;
  const texts = [
    "Done.",
    "OK",
    String(number),
    JSON.stringify({ status: "ok" }),
    JSON.stringify({ success: true, id: Math.floor(random() * 9000) + 1000 }),
    JSON.stringify({ ...values, value: number }),
    JSON.stringify({ ...values, result: [number, Math.round(number / 2)] }),
    `${Object.values(values).join(" ")}: ${number}`,
  ];
  return texts[Math.floor(random() * texts.length)]!;
}
