import { createInterface } from "node:readline/promises";
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { createEngine } from "../../generation/create-engine.js";
import type { Chat } from "../../generation/chat/chat.js";
import type { StreamPart } from "../../generation/events.js";
import { defineCommand } from "../command.js";
import { mcpFlag, modelFlags } from "../flags.js";
import type { Io } from "../io.js";
import { openModel, openToolsAndServers } from "../session.js";

const HELP = "/tools lists the tools, /reset forgets the conversation, /exit ends.";

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
  everyday: ["model", "tools", "mcp", "system", "temperature", "maxTokens"],
  options: z.object({
    ...modelFlags,
    tools: z
      .array(z.string().min(1))
      .optional()
      .describe("math, or the path of a module that exports tools")
      .meta({ group: "Chat" }),
    ...mcpFlag,
    system: z.string().optional().describe("Instructions for the whole chat").meta({ group: "Chat" }),
    temperature: z.number().min(0).max(100).default(0).describe("0: greedy").meta({ group: "Chat" }),
    maxTokens: z.int().min(1).default(512).describe("Maximum tokens of an answer").meta({ group: "Chat" }),
    contextSize: z.int().min(256).optional().describe("KV cache size in tokens").meta({ group: "Chat" }),
  }),
  async run({ tools: specs, mcp, system, temperature, maxTokens, contextSize, ...flags }, io) {
    await using tools = await openToolsAndServers({ tools: specs, mcp }, io);
    await using model = await openModel(flags, io);
    await using engine = await createEngine(model, { tools: [...tools], contextSize, parallel: 1 });
    const start = (): Chat => engine.chat({ tools, system, temperature, maxOutputTokens: maxTokens });
    let chat = start();
    io.hint(HELP);
    for await (const line of linesOf(io)) {
      const message = line.trim();
      if (message === "") continue;
      if (message === "/exit") break;
      if (message === "/reset") chat = start();
      else if (message === "/tools")
        for (const { name, description } of tools) io.print(`${name}: ${description}`);
      else if (message.startsWith("/")) io.note(`Unknown command ${message}. ${HELP}`);
      else await answer(chat, message, io);
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

/** A turn that fails does not end the chat. */
async function answer(chat: Chat, message: string, io: Io): Promise<void> {
  try {
    for await (const part of chat.stream(message, { signal: io.signal })) show(part, io);
  } catch (error) {
    if (!(error instanceof ToolkenError) || error.code === "ABORTED") throw error;
    io.note(error.message);
    if (error.hint !== undefined) io.note(error.hint);
  }
  io.write("\n");
}

function show(part: StreamPart, io: Io): void {
  if (part.type === "text-delta") io.write(part.text);
  else if (part.type === "tool-call") io.write(io.style("cyan", `${part.toolName}(${part.inputText})`));
  else if (part.type === "tool-result") io.write(`${io.style("green", ` = ${part.outputText}`)}\n`);
  else if (part.type === "tool-error") io.write(`${io.style("yellow", ` failed: ${part.error.message}`)}\n`);
}
