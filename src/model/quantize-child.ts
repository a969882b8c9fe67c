// The child process of quantize.ts: llama.cpp can neither be stopped while it quantizes nor kept from aborting.
import type { ToolkenError } from "../errors.js";
import { loadAddon } from "../native/load.js";
import { RESULT_MARK, type QuantizeRequest } from "./quantize.js";

const { input, output, fileType, threads, requantize } = JSON.parse(
  process.argv[2] ?? "{}",
) as QuantizeRequest;
let result: { readonly code?: string; readonly message?: string } = {};
try {
  (await loadAddon()).quantize(input, output, fileType, threads, requantize);
} catch (error) {
  const { code = "INTERNAL", message } = error as Partial<ToolkenError>;
  result = { code, message: message ?? String(error) };
}
process.stdout.write(`\n${RESULT_MARK}${JSON.stringify(result)}\n`);
