// toolken-core, the C++ program of native/bench/main.cpp: built when asked for, driven by lines.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { gpuLibraries, environment } from "../../src/native/locate.js";
import { root } from "../root.js";
import { LineProgram } from "./line-program.js";

/** The program on a model. `TOOLKEN_CORE` names one that is built already. */
export function startCore(model: string, gpu: string, threads = 0): CoreProgram {
  const around = environment();
  const { llama } = around.platform;
  const cpu =
    process.env.TOOLKEN_LLAMA_DIR ?? join(root, "node_modules", "@node-llama-cpp", llama, "bins", llama);
  const backends = [cpu, ...gpuLibraries(around).map(({ directory }) => directory)];
  const args = [model, "--gpu", gpu, ...backends.flatMap((directory) => ["--backends", directory])];
  return new CoreProgram(process.env.TOOLKEN_CORE ?? build(), args, threads);
}

export class CoreProgram extends LineProgram {
  readonly #threads: number;

  constructor(program: string, args: readonly string[], threads: number) {
    super(program, args);
    this.#threads = threads;
  }

  async open(
    name: string,
    kind: string,
    settings: Readonly<Record<string, string | number>> = {},
  ): Promise<void> {
    const words = Object.entries({ threads: this.#threads, ...settings }).map(
      ([key, value]) => `${key}=${value}`,
    );
    await this.ask(["open", name, kind, ...words].join(" "));
  }

  async close(name: string): Promise<void> {
    await this.ask(`close ${name}`);
  }

  /** Bytes that the program holds in memory. */
  async residentBytes(): Promise<number> {
    return (await this.ask("facts")).residentBytes as number;
  }
}

function build(): string {
  const folder = join(root, "build", "core");
  const program = join(folder, process.platform === "win32" ? "toolken-core.exe" : "toolken-core");
  run("node", [join(root, "scripts", "build-native.mjs"), "--headers"]);
  run("cmake", ["-S", root, "-B", folder, "-DTOOLKEN_ADDON=OFF", "-DTOOLKEN_CLI=ON"]);
  run("cmake", ["--build", folder, "--config", "Release", "--parallel", String(availableParallelism())]);
  if (!existsSync(program)) throw new Error(`CMake finished, but ${program} is not there`);
  return program;
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ""} failed:\n${stderr}`);
}
