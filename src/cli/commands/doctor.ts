// `toolken doctor`: whether the native binary runs here, on what, and what to do when it does not.
import { z } from "zod";
import { diagnose, type Diagnosis } from "../../native/diagnose.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";
import type { Io } from "../io.js";

export const doctor = defineCommand({
  name: "doctor",
  group: "Installation",
  summary: "Diagnose the installation and suggest fixes",
  examples: [{ command: "toolken doctor", does: "exit code 1 when no model can be loaded" }],
  options: z.object({ ...jsonFlag }),
  async run({ json }, io) {
    const progress = io.progress("Trying out the binary");
    const diagnosis = await diagnose().finally(() => {
      progress.stop();
    });
    if (json) io.printJson(diagnosis);
    else show(diagnosis, io);
    return diagnosis.ok ? 0 : 1;
  },
});

const COLOURS = { usable: "green", unfit: "red", missing: "dim" } as const;

function show(diagnosis: Diagnosis, io: Io): void {
  const { versions, machine, binaries, llama, gpu, packages, devices, advice, ok } = diagnosis;
  const line = (name: string, text: string): void => {
    io.print(`${name.padEnd(10)} ${text}`);
  };
  line("Versions", `toolken ${versions.toolken}, Node ${versions.node}, llama.cpp ${versions.llama ?? "-"}`);
  const cores = machine.physicalCores === undefined ? "" : `${machine.physicalCores} physical cores, `;
  line("Machine", `${machine.platform}, ${machine.cpu}, ${cores}${machine.logicalCores} logical`);
  line("Memory", `${gigabytes(machine.memoryFree)} free of ${gigabytes(machine.memoryTotal)}`);
  if (llama !== undefined) line("Libraries", `${llama.directory} (${llama.origin})`);
  for (const { path, origin, ...attempt } of binaries) {
    const colour = attempt.result === "fit" ? "green" : attempt.result === "missing" ? "dim" : "red";
    const reason = "reason" in attempt ? `: ${attempt.reason}` : "";
    line("Binary", `${io.style(colour, attempt.result)} ${path} (${origin})${reason}`);
  }
  for (const { directory, origin, unfit } of gpu) {
    line("GPU", `${directory} (${origin})${unfit === undefined ? "" : `: ${io.style("yellow", unfit)}`}`);
  }
  for (const { name, purpose, state, reason, install } of packages) {
    const why = reason === undefined ? "" : ` (${reason})`;
    const command = install === undefined ? "" : `: ${install}`;
    line("Package", `${io.style(COLOURS[state], state)} ${name}, ${purpose}${why}${command}`);
  }
  for (const { name, description, type, memoryFree, memoryTotal } of devices) {
    line(
      "Device",
      `${name}, ${description} (${type}), ${gigabytes(memoryFree)} free of ${gigabytes(memoryTotal)}`,
    );
  }
  io.print("");
  io.print(
    ok ? io.style("green", "Models can be loaded here.") : io.style("red", "No model can be loaded here."),
  );
  for (const what of advice) io.print(`- ${what}`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
