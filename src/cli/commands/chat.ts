import { createInterface } from "node:readline/promises";
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { createEngine } from "../../engine/create-engine.js";
import type { Chat } from "../../generation/chat/chat.js";
import { limitFields, samplingFields } from "../../generation/call-fields.js";
import type { StreamPart } from "../../generation/events.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { mcpFlag, modelFlags } from "../flags.js";
import type { Io } from "../io.js";
import { openHead, openModel, openToolsAndServers } from "../session.js";

const HELP =
  "/tools lists the tools, /why shows the last decision, /reset forgets the conversation, /help shows this, /exit ends.";

export const chatCommand = defineCommand({
  name: "chat",
  group: "Answering",
  summary: "Chat with a model that calls your tools",
  examples: [
    {
      command: "toolken chat --model model.gguf --tools tools.mjs",
      does: "tools of a module, no head needed",
    },
    {
      command: "toolken chat --model model.gguf --mcp mcp.json",
      does: "tools of MCP servers",
    },
    {
      command: "toolken chat --model model.gguf --tools tools.mjs < messages.txt",
      does: "a message per line",
    },
  ],
  everyday: ["model", "tools", "mcp", "head", "system", "temperature", "maxTokens"],
  options: z.object({
    ...modelFlags,
    tools: z
      .array(z.string().min(1))
      .optional()
      .describe("math, or the path of a module that exports tools")
      .meta({ group: "Chat" }),
    ...mcpFlag,
    head: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Head that decides which tool is called, if any; auto: trained once from the tools' definitions",
      )
      .meta({ group: "Chat", defaultText: "none: the tools are listed in the prompt" }),
    system: z.string().optional().describe("Instructions for the whole chat").meta({ group: "Chat" }),
    ...flagsUnder("Chat", {
      temperature: samplingFields.temperature,
      maxTokens: limitFields.maxOutputTokens,
    }),
    contextSize: z.int().min(256).optional().describe("KV cache size in tokens").meta({ group: "Chat" }),
  }),
  async run({ tools: specs, mcp, head, system, temperature, maxTokens, contextSize, ...flags }, io) {
    await using tools = await openToolsAndServers({ tools: specs, mcp }, io);
    await using model = await openModel(flags, io);
    const settings = { tools: [...tools], contextSize, parallel: 1 };
    await using engine = await createEngine(model, { ...settings, ...(await openHead({ head }, model, io)) });
    const start = (): Chat => engine.chat({ tools, system, temperature, maxOutputTokens: maxTokens });
    let chat = start();
    let last: Decision | undefined;
    io.hint(HELP);
    for await (const line of linesOf(io)) {
      const message = line.trim();
      if (message === "/exit") break;
      if (message === "/reset") [chat, last] = [start(), undefined];
      else if (message === "/tools") for (const tool of tools) io.print(`${tool.name}: ${tool.description}`);
      else if (message === "/why") printDecision(last, io);
      else if (message === "/help") io.print(HELP);
      else if (message.startsWith("/")) io.note(`Unknown command ${message}. ${HELP}`);
      else if (message !== "") last = await answer(chat, message, io);
    }
    return undefined;
  },
});

async function* linesOf(io: Io): AsyncGenerator<string> {
  const lines = createInterface({
    input: io.stdin,
    output: io.isTerminal ? process.stdout : undefined,
    terminal: io.isTerminal,
  });
  const close = (): void => {
    lines.close();
  };
  io.signal.addEventListener("abort", close, { once: true });
  try {
    if (io.isTerminal) lines.setPrompt("> ");
    if (io.isTerminal) lines.prompt();
    for await (const line of lines) {
      yield line;
      if (io.isTerminal) lines.prompt();
    }
  } finally {
    io.signal.removeEventListener("abort", close);
    lines.close();
  }
}

/** The last choice of a tool in an answer, most probable first. */
type Decision = readonly { readonly toolName: string | null; readonly probability: number }[];

function printDecision(decision: Decision | undefined, io: Io): void {
  if (decision === undefined) io.print("No tool has been chosen in the last answer.");
  for (const { toolName, probability } of decision ?? []) {
    io.print(`${(100 * probability).toFixed(1).padStart(5)} %  ${toolName ?? "(no tool)"}`);
  }
}

/** A turn that fails does not end the chat. */
async function answer(chat: Chat, message: string, io: Io): Promise<Decision | undefined> {
  let last: Decision | undefined;
  let decided = false;
  try {
    for await (const part of chat.stream(message, { signal: io.signal })) {
      show(part, io);
      // Once a tool has its result, a head says that no other one is needed.
      if (part.type === "decision" && (part.toolName !== null || !decided)) {
        [last, decided] = [part.candidates, true];
      }
      // Without a head the model decides by its text; the probability is that of the name that it wrote.
      else if (part.type === "tool-call" && !decided) last = [part];
    }
  } catch (error) {
    if (!(error instanceof ToolkenError) || error.code === "ABORTED") throw error;
    io.note(error.message);
    if (error.hint !== undefined) io.note(error.hint);
  }
  io.write("\n");
  return last;
}

function show(part: StreamPart, io: Io): void {
  if (part.type === "text-delta") io.write(part.text);
  else if (part.type === "tool-call") io.write(io.style("cyan", `${part.toolName}(${part.inputText})`));
  else if (part.type === "tool-result") io.write(`${io.style("green", ` = ${part.outputText}`)}\n`);
  else if (part.type === "tool-error") io.write(`${io.style("yellow", ` failed: ${part.error.message}`)}\n`);
}
