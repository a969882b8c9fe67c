// `toolken quantize`: a model's file in another quantization.
import { z } from "zod";
import { QUANTIZATIONS, quantizeModel, quantizeOptions } from "../../model/quantize.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

const { type, requantize, threads } = quantizeOptions.shape;

export const quantize = defineCommand({
  name: "quantize",
  group: "Installation",
  summary: "Write a GGUF model in another quantization",
  positionals: ["model", "out"],
  examples: [
    {
      command: "toolken quantize model-F16.gguf model-Q4_0.gguf --type Q4_0",
      does: "the four-bit type that llama.cpp repacks for CPUs",
    },
  ],
  options: z.object({
    model: z.string().min(1).describe("GGUF file, best in F32, F16 or BF16"),
    out: z.string().min(1).describe("GGUF file to write"),
    type: type.describe(`Quantization: ${QUANTIZATIONS.join(", ")}`),
    requantize,
    threads,
    ...jsonFlag,
  }),
  async run({ model, out, type, requantize, threads, json }, io) {
    const file = await quantizeModel(model, out, { type, requantize, threads, signal: io.signal });
    if (json) io.printJson(file);
    else {
      const size = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
      io.print(
        `Saved ${io.style("bold", out)}: ${type}, ${size(file.bytes)} (before ${size(file.bytesBefore)})`,
      );
    }
    return undefined;
  },
});
