// A model's file in another quantization: some are slow on some backends, such as Q4_1 on CPUs.
import { randomBytes } from "node:crypto";
import { realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { ToolkenError, type ToolkenErrorCode, invalidArgument, throwIfAborted } from "../errors.js";
import { runChild } from "../native/child.js";
import { fileSystemError } from "../utils/file-error.js";
import { embeddedOr } from "./embedded.js";
import { checkMagic } from "./load-model.js";
import { signalField, threadsField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";

/** Types that need no importance matrix, by llama.cpp's names, with its numbers (llama_ftype). */
const FILE_TYPES = {
  F32: 0,
  F16: 1,
  BF16: 32,
  Q8_0: 7,
  Q6_K: 18,
  Q5_K_M: 17,
  Q5_K_S: 16,
  Q5_1: 9,
  Q5_0: 8,
  Q4_K_M: 15,
  Q4_K_S: 14,
  Q4_1: 3,
  Q4_0: 2,
  IQ4_NL: 25,
  IQ4_XS: 30,
  Q3_K_L: 13,
  Q3_K_M: 12,
  Q3_K_S: 11,
  Q2_K: 10,
} as const;
export type Quantization = keyof typeof FILE_TYPES;
export const QUANTIZATIONS = Object.keys(FILE_TYPES) as readonly Quantization[];

export const quantizeOptions = defineOptions({
  type: z.enum(QUANTIZATIONS).default("Q4_0").describe("Quantization; llama.cpp repacks Q4_0 for CPUs"),
  requantize: z.boolean().default(false).describe("Accept a file that is quantized already; errors add up"),
  threads: threadsField,
  signal: signalField,
});
export type QuantizeOptions = OptionsOf<typeof quantizeOptions>;

export interface QuantizedFile {
  readonly out: string;
  readonly type: Quantization;
  /** Bytes of the file before and now. */
  readonly bytesBefore: number;
  readonly bytes: number;
}

export interface QuantizeRequest {
  readonly input: string;
  readonly output: string;
  readonly fileType: number;
  readonly threads: number;
  readonly requantize: boolean;
}

/** Empty when the file is written. */
export interface QuantizeReport {
  readonly code?: ToolkenErrorCode;
  readonly message?: string;
}

/**
 * Writes a GGUF model in another quantization, by llama.cpp in a process of its own: under a temporary name, renamed
 * when it is whole. The layers of `Q4_K_M` and its like have types that llama.cpp chooses.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` (a type, a file onto itself, a quantized file without `requantize`),
 * `FILE_NOT_FOUND`, `FILE_INVALID` (no model, or one that llama.cpp cannot quantize), `IO`, `ABORTED`.
 */
export async function quantizeModel(
  path: string,
  out: string,
  options: QuantizeOptions = {},
): Promise<QuantizedFile> {
  const resolved = resolveOptions(quantizeOptions, options, "quantizeModel");
  const { type, requantize, threads = 0, signal } = resolved;
  if (typeof out !== "string" || out === "") throw invalidArgument("the path of a file", "out", out);
  throwIfAborted(signal);
  const input = resolve(embeddedOr(path, "model"));
  await checkMagic(input);
  const target = await realpath(out).catch(() => resolve(out));
  // llama.cpp reads the file while it writes.
  if (target === (await realpath(input))) throw invalidArgument("another file than the model's", "out", out);
  const folder = await stat(dirname(target)).catch((cause: unknown) => {
    throw fileSystemError("write", out, cause);
  });
  if (!folder.isDirectory()) throw invalidArgument("a file in a folder", "out", out);

  const output = join(dirname(target), `.toolken-${randomBytes(9).toString("base64url")}.tmp`);
  try {
    await inChild({ input, output, fileType: FILE_TYPES[type], threads, requantize }, signal);
    await rename(output, target).catch((cause: unknown) => {
      throw fileSystemError("write", out, cause);
    });
  } catch (error) {
    await unlink(output).catch(() => undefined);
    throw error;
  }
  const [before, now] = await Promise.all([stat(input), stat(target)]);
  return { out, type, bytesBefore: before.size, bytes: now.size };
}

async function inChild(request: QuantizeRequest, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  const program = new URL("./quantize-child.js", import.meta.url);
  const result = await runChild<QuantizeReport>(program, request, { signal });
  throwIfAborted(signal);
  if ("unstarted" in result) {
    const { message } = result.unstarted;
    throw new ToolkenError("IO", `Could not start a process: ${message}`, { cause: result.unstarted });
  }
  if ("report" in result) {
    refuse(result.report);
    return;
  }
  const { exitCode, signal: killed, complaint } = result;
  throw new ToolkenError(
    "FILE_INVALID",
    `Could not quantize ${JSON.stringify(request.input)}: llama.cpp ended with ${killed ?? `exit code ${String(exitCode)}`}${complaint === "" ? "" : `: ${complaint}`}`,
  );
}

function refuse({ code, message = "" }: QuantizeReport): void {
  if (code === undefined) return;
  if (/requantizing from type \S+ is disabled/.test(message)) {
    throw new ToolkenError("INVALID_ARGUMENT", `Expected a model that is not quantized but ${message}`, {
      hint: "Take a file in F32, F16 or BF16, or set requantize (--requantize) and accept errors that add up.",
    });
  }
  throw new ToolkenError(code, message);
}
