// `toolken build`: compiles the addon in place, for machines without a fitting binary.
import { z } from "zod";
import { buildFields, buildFromSource } from "../../native/build.js";
import { ToolkenError } from "../../errors.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

export const build = defineCommand({
  name: "build",
  group: "Installation",
  summary: "Compile the native addon in the installed package",
  examples: [
    { command: "toolken build", does: "against the prebuilt llama.cpp libraries, in seconds" },
    { command: "toolken build --source --cuda --cmake CMAKE_CUDA_ARCHITECTURES=90", does: "llama.cpp too" },
  ],
  options: z.object({
    ...buildFields,
    cmake: z.array(z.string()).default([]).describe("CMake setting NAME=VALUE; may be given several times"),
    ...jsonFlag,
  }),
  async run({ json, cmake, ...options }, io) {
    const settings = cmake.map((setting): [string, string] => {
      const equals = setting.indexOf("=");
      if (equals < 1) {
        throw new ToolkenError(
          "USAGE",
          `Expected NAME=VALUE for --cmake but received ${JSON.stringify(setting)}`,
        );
      }
      return [setting.slice(0, equals), setting.slice(equals + 1)];
    });
    await buildFromSource({ ...options, cmake: Object.fromEntries(settings), signal: io.signal });
    if (json) io.printJson({ built: true });
    else io.print("Built. `toolken doctor` shows the binary in use.");
    return undefined;
  },
});
