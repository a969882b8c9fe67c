// `toolken train`: a head from tool definitions.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import { trainDefinitionsOptions, type UpdateHeadOptions } from "../../training/definitions/options.js";
import { readData } from "../../training/definitions/read-data.js";
import { formatDefinitionReport } from "../../training/definitions/report-lines.js";
import { trainOnDefinitions } from "../../training/definitions/train-definitions.js";
import { writtenRequests } from "../../training/definitions/written-requests.js";
import { updateHead } from "../../training/definitions/update-head.js";
import { defaultForm } from "../../prompts/decision-text.js";
import { mathTools, toolSet } from "../../tools/index.js";
import { resolveOptions } from "../../utils/options.js";
import type { Shard } from "../../utils/shard.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, mcpFlag, modelFlags, shardFlag, toolsFlag } from "../flags.js";
import { openModel, openToolsAndServers } from "../session.js";
import { matrixTypeFlag } from "../training-flags.js";
import { showTraining } from "../show-training.js";

const TEXTS = "Texts";
const RESULT = "Result";

export const trainCommand = defineCommand({
  name: "train",
  group: "Training",
  summary: "Train a head from tool definitions, without examples",
  examples: [
    {
      command: "toolken train --tools my-tools.mjs --model model.gguf --out my-tools.safetensors",
      does: "writes requests, trains, reports",
    },
    {
      command: "toolken train --mcp mcp.json --model model.gguf --out servers.safetensors",
      does: "the tools of your MCP servers",
    },
    {
      command:
        "toolken train --tools my-tools.mjs --model model.gguf --update my-tools.safetensors --out my-tools.safetensors",
      does: "adds and removes rows for changed tools",
    },
  ],
  everyday: ["tools", "mcp", "model", "out", "writer", "perTool", "requests", "data", "update"],
  options: z.object({
    ...modelFlags,
    ...toolsFlag,
    ...mcpFlag,
    writer: z
      .string()
      .min(1)
      .optional()
      .describe("Model that writes requests: path of a GGUF file; none: only definitions")
      .meta({ group: TEXTS, defaultText: "the model itself where it has a chat template" }),
    perTool: z.int().min(1).max(1000).default(8).describe("Written requests per tool").meta({ group: TEXTS }),
    requests: z
      .string()
      .min(1)
      .optional()
      .describe("File of written requests (JSON Lines); reused, and continued when interrupted")
      .meta({ group: TEXTS, defaultText: "the output's name with .requests.jsonl" }),
    data: z
      .array(z.string().min(1))
      .optional()
      .describe("Real requests with their tools, or a feedback log")
      .meta({ group: TEXTS, defaultText: "none" }),
    ...flagsUnder(RESULT, { falsePositiveRate: trainDefinitionsOptions.shape.falsePositiveRate }),
    update: z
      .string()
      .min(1)
      .optional()
      .describe("Head to add rows of new tools to, and to remove those of missing ones from")
      .meta({ group: RESULT, defaultText: "none: train all rows" }),
    states: z
      .string()
      .min(1)
      .optional()
      .describe("Folder of computed hidden states; makes updates fast")
      .meta({ group: RESULT, defaultText: "the output's name with .states" }),
    seed: z.int().min(0).default(1).describe("Of writing and validation").meta({ group: TEXTS }),
    shard: shardFlag.shard.describe(
      "Only write the requests of this part of the tools, i/n with i from 0, and train nothing: `toolken merge` joins the files",
    ),
    ...matrixTypeFlag,
    out: z.string().min(1).describe("Head file to write (safetensors)").meta({ group: RESULT }),
    ...jsonFlag,
  }),
  async run(options, io) {
    if (options.shard !== undefined && options.update !== undefined) {
      throw new ToolkenError(
        "USAGE",
        "Expected --shard without --update: a shard writes requests and trains nothing",
        {
          hint: "Join the shards' requests with toolken merge, then train with --requests and --update.",
        },
      );
    }
    await using opened = await openToolsAndServers(options, io, mathTools);
    const tools = [...opened];
    const base = options.update === undefined ? undefined : await ToolHead.load(options.update);
    const { requests, noTool } = await readData(options.data ?? []);
    await using model = await openModel(options, io);
    await using writer = await openWriter(options.writer, options, model, io);
    const stem = options.out.replace(/\.safetensors$/u, "");
    const progress = io.progress("Training");
    const settings: UpdateHeadOptions = {
      tools,
      writer: writer.writer,
      perTool: options.perTool,
      requests: options.requests ?? (writer.writer === false ? undefined : `${stem}.requests.jsonl`),
      data: requests,
      ...(noTool.length === 0 ? {} : { extraNoTool: noTool }),
      states: options.states ?? `${stem}.states`,
      seed: options.seed,
      threads: options.threads,
      signal: io.signal,
      onProgress: (event) => {
        showTraining(progress, event, { generation: "requests written" });
      },
    };
    if (options.shard !== undefined) {
      const kept = await writeShard(model, settings, options.shard).finally(() => {
        progress.stop();
      });
      if (options.json) io.printJson({ requests: settings.requests, kept });
      else io.print(`Saved ${io.style("bold", settings.requests!)}: ${kept} usable requests`);
      return undefined;
    }
    const training =
      base === undefined
        ? trainOnDefinitions(model, { ...settings, falsePositiveRate: options.falsePositiveRate })
        : updateHead(model, base, settings);
    const head = await training.finally(() => {
      progress.stop();
    });
    await head.save(options.out, { type: options.type });
    if (options.json) io.printJson({ out: options.out, tools: head.tools, ...head.training });
    else {
      if (base === undefined) io.print(`${formatDefinitionReport(head.training as never)}\n`);
      io.print(`Saved ${io.style("bold", options.out)}: ${tools.length} tools`);
    }
    return undefined;
  },
});

/** Usable requests of a part of the tools. */
async function writeShard(model: Model, options: UpdateHeadOptions, shard: Shard): Promise<number> {
  const writer = options.writer ?? (model.facts.chatTemplate === null ? false : model);
  if (writer === false) throw new ToolkenError("USAGE", "Expected a model that writes requests for --shard");
  const given = { ...options, writer, synthesis: { shard } };
  const settings = resolveOptions(trainDefinitionsOptions, given, "trainOnDefinitions");
  const { records } = await writtenRequests(model, [...toolSet(options.tools)], defaultForm(model), settings);
  return records.filter(({ kept }) => kept).length;
}

interface OpenWriter extends AsyncDisposable {
  readonly writer: Model | false | undefined;
}

async function openWriter(
  path: string | undefined,
  flags: Parameters<typeof openModel>[0],
  model: Model,
  io: Parameters<typeof openModel>[1],
): Promise<OpenWriter> {
  const nothing = { [Symbol.asyncDispose]: () => Promise.resolve() };
  if (path === undefined) return { writer: undefined, ...nothing };
  if (path === "none") return { writer: false, ...nothing };
  if (path === flags.model) return { writer: model, ...nothing };
  const writer = await openModel({ ...flags, model: path }, io);
  return { writer, [Symbol.asyncDispose]: () => writer.dispose() };
}
