import { z } from "zod";
import type { Engine } from "../../../generation/engine.js";
import { NO_TOOL } from "../../../head/decision.js";
import type { ToolHead } from "../../../head/tool-head.js";
import { defineTool, type Tool } from "../../../tools/index.js";
import { ApiError } from "../api-error.js";
import { readBody } from "../body.js";
import type { Service } from "../service.js";
import { OUTCOMES } from "./inspect.js";

const scoreRequest = z.object({ text: z.string().min(1) });

/** A tool, or null for none; its probability is that among these rows. */
interface ToolScore {
  readonly tool: string | null;
  readonly logit?: number;
  readonly probability: number;
}

/** `POST /inspect/score`: how probable a head finds each of its tools for a text. */
export async function inspectScore(request: Request, service: Service): Promise<Response> {
  const { text } = await readBody(request, scoreRequest);
  const { engine } = service;
  const { head } = engine;
  if (head === undefined) throw new ApiError(400, "The server has no head", { code: "no_head" });
  const run = service.begin(request.signal, 1);
  try {
    const score = head.decision === null ? scoresAfter : scoresOfRequest;
    return Response.json({ tools: await score(engine, head, text, run.signal) });
  } catch (error) {
    throw run.errorOf(error);
  } finally {
    run.end();
  }
}

/** Lifts all tools above all tokens, so that none is missing among the best outcomes. */
const LIFT = 1000;

/** Of a head that decides within the text: the logits after the text, and the softmax over the tools alone. */
async function scoresAfter(
  engine: Engine,
  _: ToolHead,
  text: string,
  signal: AbortSignal,
): Promise<ToolScore[]> {
  const options = { topCandidates: OUTCOMES, toolBias: LIFT, maxOutputTokens: 1, signal };
  for await (const part of engine.stream({ ...options, prompt: text, responsePrefix: text })) {
    if (part.type === "candidates") return among(part.candidates);
  }
  return [];
}

function among(candidates: readonly { readonly tool?: string; readonly logit: number }[]): ToolScore[] {
  const tools = candidates.flatMap(({ tool, logit }) => (tool === undefined ? [] : [{ tool, logit }]));
  const best = Math.max(...tools.map(({ logit }) => logit));
  const total = tools.reduce((sum, { logit }) => sum + Math.exp(logit - best), 0);
  return tools.map(({ tool, logit }) => ({
    tool,
    logit: logit - LIFT,
    probability: Math.exp(logit - best) / total,
  }));
}

/** Of a head that decides on requests: the softmax over its best rows, that of no tool included. */
async function scoresOfRequest(
  engine: Engine,
  head: ToolHead,
  text: string,
  signal: AbortSignal,
): Promise<ToolScore[]> {
  const messages = [{ role: "user" as const, content: text }];
  const tools = head.tools.filter((name) => name !== NO_TOOL).map(rowTool);
  for await (const part of engine.stream({ messages, tools, maxOutputTokens: 1, signal })) {
    if (part.type !== "decision") continue;
    return part.candidates.map(({ toolName: tool, probability }) => ({ tool, probability }));
  }
  return [];
}

/** A tool that stands for a row; only its name matters to the head. */
function rowTool(name: string): Tool {
  return defineTool({ name, description: name, inputSchema: { type: "object" } });
}
