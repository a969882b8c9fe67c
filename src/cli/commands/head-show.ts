// `toolken head show`: what a head file says of itself.
import { z } from "zod";
import { ToolHead } from "../../head/tool-head.js";
import { formatTrainingReport, type TrainingReport } from "../../training/report.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

export const headShow = defineCommand({
  name: "head show",
  group: "Heads",
  summary: "Show a head's tools, biases, model and training",
  positionals: ["file"],
  examples: [{ command: "toolken head show math.safetensors", does: "tools, model and training" }],
  options: z.object({ file: z.string().min(1).describe("Head file (safetensors)"), ...jsonFlag }),
  async run({ file, json }, io) {
    const head = await ToolHead.load(file);
    const { tools, dimension, model, training } = head;
    const bias = Array.from(head.bias, (value) => (value === -Infinity ? "-Infinity" : value));
    if (json) {
      io.printJson({ tools, dimension, bias, model, training });
      return undefined;
    }
    io.print(`Tools      ${head.size}, ${dimension} weights each`);
    io.print(`Model      ${model === null ? "not known" : `${model.name} (${model.architecture})`}`);
    if (model?.fingerprint) io.print(`File       SHA-256 ${model.fingerprint}`);
    const width = Math.max(0, ...tools.map((tool) => tool.length));
    for (const [row, tool] of tools.entries()) {
      const norm = Math.hypot(...head.row(tool)).toFixed(3);
      io.print(`  ${io.style("cyan", tool.padEnd(width))}  bias ${bias[row]!}, norm ${norm}`);
    }
    if (training !== null) {
      io.print("");
      io.print(isReport(training) ? formatTrainingReport(training) : JSON.stringify(training, null, 2));
    }
    return undefined;
  },
});

/** A file may say anything about its training; only this library's own reports have these parts. */
function isReport(training: object): training is TrainingReport {
  return ["seconds", "solver", "train", "problems"].every((part) => part in training);
}
