// What stands beside raw results, so that they can be judged and repeated.
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { basename, isAbsolute, join, relative } from "node:path";
import type { Model } from "../src/index.js";
import { loadAddon } from "../src/native/load.js";
import { root } from "./root.js";

export interface Environment {
  readonly date: string;
  readonly command: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly devices: readonly object[];
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly model: Readonly<Record<string, unknown>>;
}

export async function environmentOf(model: Model): Promise<Environment> {
  const addon = await loadAddon();
  const version = (name: string): string | undefined => manifest(join(root, "node_modules", name));
  return {
    date: new Date().toISOString().slice(0, 10),
    command: commandLine(),
    machine: {
      processor: cpus()[0]?.model,
      cores: addon.physicalCores,
      memory: totalmem(),
      features: processorFeatures(),
      load: loadavg(),
    },
    devices: addon.devices().map(({ name, description, backend }) => ({ name, description, backend })),
    versions: {
      toolken: manifest(root),
      node: process.version,
      llama: addon.llamaVersion,
      "node-llama-cpp": version("node-llama-cpp"),
    },
    model: {
      file: basename(model.path),
      fingerprint: await model.fingerprint(),
      quantization: model.facts.quantization,
      backend: model.facts.backend,
      embeddingLength: model.facts.embeddingLength,
      vocabularySize: model.facts.vocabularySize,
      layers: model.facts.layers,
    },
  };
}

/** Without folders of this machine. */
function commandLine(): string {
  const script = relative(root, process.argv[1]!);
  const program = script === join("dist", "bench", "main.js") ? "npm run bench --" : `node ${script}`;
  const words = process.argv.slice(2).map((word) => {
    if (!isAbsolute(word)) return word;
    return word.startsWith(root) ? relative(root, word) : basename(word);
  });
  return [program, ...words].join(" ");
}

/** The instruction sets that matrix products use, where the system lists them. */
function processorFeatures(): string[] {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/mu.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    return flags
      .split(" ")
      .filter((flag) => /^(?:avx|fma|f16c|amx|sse4_2|asimd|sve|i8mm|bf16)/u.test(flag))
      .sort();
  } catch {
    return [];
  }
}

function manifest(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
