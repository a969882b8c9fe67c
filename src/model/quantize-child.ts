// The child process of quantize.ts: llama.cpp can neither be stopped while it quantizes nor kept from aborting.
import type { ToolkenError } from "../errors.js";
import { answerParent } from "../native/child.js";
import { loadAddon } from "../native/load.js";
import type { QuantizeReport, QuantizeRequest } from "./quantize.js";

await answerParent(
  async ({ input, output, fileType, threads, requantize }: QuantizeRequest): Promise<QuantizeReport> => {
    try {
      await (await loadAddon()).quantize(input, output, fileType, threads, requantize);
      return {};
    } catch (error) {
      const { code = "INTERNAL", message } = error as Partial<ToolkenError>;
      return { code, message: message ?? String(error) };
    }
  },
);
