// Heads that are trained when they are first needed, kept in the user's cache folder.
import { createHash } from "node:crypto";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { invalidArgument } from "../../errors.js";
import { NO_TOOL } from "../../head/decision.js";
import { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import { cacheFolder } from "../../utils/cache-folder.js";
import { createFolder } from "../../utils/folders.js";
import { nonEmptyString } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { inputSchemaOf, type Tool, toolSet } from "../../tools/index.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { trainDefinitionsOptions } from "./options.js";
import { readRequests } from "./synthesis/request-store.js";
import { trainOnDefinitions } from "./train-definitions.js";
import { updateHead } from "./update-head.js";

const { tools, writer, perTool, data, falsePositiveRate, threads, signal, onProgress } =
  trainDefinitionsOptions.shape;

export const autoHeadOptions = defineOptions({
  ...{ tools, writer, perTool, data, falsePositiveRate, threads, signal, onProgress },
  folder: nonEmptyString()
    .optional()
    .describe("Where heads, requests and states are kept")
    .meta({ defaultText: "the user's cache folder" }),
});
export type AutoHeadOptions = OptionsOf<typeof autoHeadOptions>;

/** Share of the tools that a kept head must know to be extended; below it all rows are trained from scratch. */
const MIN_KNOWN_SHARE = 0.5;

const CACHE_HINT = "Set `autoHead: { folder }`, or XDG_CACHE_HOME on Linux, to a folder that can be written.";

const indexSchema = z.object({ tools: z.record(z.string(), z.string()) });

/**
 * The head of a model for these tools: a kept one; else a kept one of most of the tools, extended; else a new one,
 * trained from the tools' definitions. A tool whose definition changed counts as a new one.
 *
 * @throws what `trainHead(model, { tools })` throws
 */
export async function autoHead(model: Model, options: AutoHeadOptions): Promise<ToolHead> {
  const { folder: parent, ...settings } = resolveOptions(autoHeadOptions, options, "createEngine");
  const tools = [...toolSet(settings.tools)];
  if (tools.length === 0) throw invalidArgument("at least one tool", "tools", options.tools);
  const { fingerprint } = await model.identity();
  const folder = join(parent ?? join(cacheFolder(), "heads"), short(fingerprint ?? model.path));
  const keys = Object.fromEntries(tools.map((tool) => [tool.name, definitionKey(tool)]));
  const stem = join(folder, short(JSON.stringify(Object.entries(keys).sort())));
  const kept = await loadKept(`${stem}.safetensors`, model);
  const names = tools.map(({ name }) => name);
  if (kept !== undefined) return kept.select([...names, NO_TOOL]);

  await createFolder(folder, CACHE_HINT);
  const base = await nearestHead(folder, keys, model);
  const requests = `${stem}.requests.jsonl`;
  if (!(await exists(requests))) await writeFileAtomically(requests, await knownRequests(base));
  const { falsePositiveRate, ...texts } = settings;
  const training = { ...texts, requests, states: join(folder, "states") };
  const head =
    base === undefined
      ? await trainOnDefinitions(model, { ...training, falsePositiveRate })
      : await updateHead(model, base.head, training);
  await head.save(`${stem}.safetensors`);
  await writeFileAtomically(`${stem}.json`, `${JSON.stringify({ tools: keys }, undefined, 1)}\n`);
  return head;
}

interface KeptHead {
  /** Its rows are those of the known tools. */
  readonly head: ToolHead;
  /** Path of its files, without ending. */
  readonly stem: string;
}

/** The kept head that knows most of the tools; undefined when none knows enough. */
async function nearestHead(
  folder: string,
  keys: Readonly<Record<string, string>>,
  model: Model,
): Promise<KeptHead | undefined> {
  let best: { readonly stem: string; readonly known: readonly string[] } | undefined;
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
  for (const file of files) {
    const index = await readIndex(join(folder, file));
    const known = Object.keys(keys).filter((name) => index[name] === keys[name]);
    if (known.length > (best?.known.length ?? 0))
      best = { stem: join(folder, file.slice(0, -".json".length)), known };
  }
  if (best === undefined || best.known.length < MIN_KNOWN_SHARE * Object.keys(keys).length) return undefined;
  const head = await loadKept(`${best.stem}.safetensors`, model);
  return head && { head: head.select([...best.known, NO_TOOL]), stem: best.stem };
}

/** JSON Lines of the requests of tools whose definitions are still the same. */
async function knownRequests(base: KeptHead | undefined): Promise<string> {
  if (base === undefined) return "";
  const records = await readRequests(`${base.stem}.requests.jsonl`).catch(() => []);
  const known = records.filter(({ tool }) => base.head.has(tool));
  return known.map((record) => `${JSON.stringify(record)}\n`).join("");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A file that cannot be read, or that another version wrote, is trained from scratch. */
async function loadKept(path: string, model: Model): Promise<ToolHead | undefined> {
  try {
    return await ToolHead.load(path, { for: await model.identity() });
  } catch {
    return undefined;
  }
}

async function readIndex(path: string): Promise<Readonly<Record<string, string>>> {
  try {
    return indexSchema.parse(JSON.parse(await readFile(path, "utf8"))).tools;
  } catch {
    return {};
  }
}

/** What a head learns of a tool. */
function definitionKey(tool: Tool): string {
  const { name, description, inputExamples, annotations } = tool;
  return short(JSON.stringify([name, description, inputSchemaOf(tool), inputExamples, annotations]));
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
