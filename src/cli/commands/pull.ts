// `toolken pull`: a model by its name on Hugging Face or Ollama.
import { z } from "zod";
import { pullModel, pullOptions } from "../../model/pull.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

export const pullCommand = defineCommand({
  name: "pull",
  group: "Installation",
  summary: "Fetch a model by its name on Hugging Face or Ollama, with node-llama-cpp",
  positionals: ["name"],
  examples: [
    { command: "toolken pull hf:Qwen/Qwen3-0.6B-GGUF:Q8_0", does: "into .models" },
    { command: "toolken pull ollama:smollm2:135m --folder models", does: "from Ollama's registry" },
  ],
  options: z.object({
    name: z
      .string()
      .min(1)
      .describe("hf:user/model:quantization, user/model/file.gguf, ollama:name:tag, or an address"),
    folder: pullOptions.shape.folder,
    ...jsonFlag,
  }),
  async run({ name, folder, json }, io) {
    const progress = io.progress("Fetching");
    const path = await pullModel(name, {
      folder,
      signal: io.signal,
      onProgress: ({ done, total }) => {
        progress.update(done / 1e6, total / 1e6, "MB");
      },
    }).finally(() => {
      progress.stop();
    });
    if (json) io.printJson({ name, path });
    else io.print(path);
    return undefined;
  },
});
