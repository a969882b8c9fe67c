import { z } from "zod";
import { ToolkenError } from "../../errors.js";

const text = z.object({ type: z.literal("text"), text: z.string() });
const media = z.object({ type: z.enum(["image", "audio"]), data: z.string(), mimeType: z.string() });
const link = z.object({ type: z.literal("resource_link"), uri: z.string(), name: z.string() });
const resource = z.object({
  type: z.literal("resource"),
  resource: z.object({
    uri: z.string(),
    mimeType: z.string().optional(),
    text: z.string().optional(),
    blob: z.string().optional(),
  }),
});
const other = z.object({ type: z.string() });

const block = z.union([text, media, link, resource, other]);

const result = z.object({
  content: z.array(block).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

/**
 * What a model can read of a result: structured content where there is some, else the texts; everything else by a
 * placeholder. Text longer than `maxLength` UTF-16 units is cut.
 *
 * @throws ToolkenError `TOOL_FAILED` with the server's text, `TOOL_RESULT_INVALID`
 */
export function readToolResult(toolName: string, given: unknown, maxLength: number): unknown {
  const parsed = result.safeParse(given);
  if (!parsed.success) {
    throw new ToolkenError("TOOL_RESULT_INVALID", `${toolName} returned no result of MCP`, {
      cause: parsed.error,
    });
  }
  const { content, structuredContent, isError } = parsed.data;
  const written = cut(content.map(blockText).join("\n"), maxLength);
  if (isError === true) {
    throw new ToolkenError("TOOL_FAILED", written === "" ? `${toolName} failed` : written);
  }
  if (structuredContent === undefined || structuredContent === null) return written;
  const json = JSON.stringify(structuredContent);
  return json.length <= maxLength ? structuredContent : written === "" ? cut(json, maxLength) : written;
}

function blockText(content: z.output<typeof block>): string {
  if ("text" in content) return content.text;
  if ("data" in content) {
    return `[${content.type} ${content.mimeType}, ${byteLength(content.data)} bytes]`;
  }
  if ("uri" in content) return `[resource ${content.name}: ${content.uri}]`;
  if (!("resource" in content)) return `[${content.type}]`;
  const { uri, mimeType, text, blob = "" } = content.resource;
  if (text !== undefined) return text;
  return `[resource ${uri}${mimeType === undefined ? "" : ` ${mimeType}`}, ${byteLength(blob)} bytes]`;
}

/** Bytes of base64. */
function byteLength(base64: string): number {
  return Math.floor((base64.replace(/=+$/u, "").length * 3) / 4);
}

function cut(whole: string, maxLength: number): string {
  if (whole.length <= maxLength) return whole;
  const note = `\n[cut after ${maxLength} of ${whole.length} characters]`;
  const end = Math.max(0, maxLength - note.length);
  // Not between the two halves of a character.
  const kept = whole.slice(0, end).replace(/[\uD800-\uDBFF]$/u, "");
  return `${kept}${note}`.slice(0, maxLength);
}
