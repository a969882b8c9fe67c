// Heads that others have trained come as PyTorch checkpoints or plain safetensors, with their tool names elsewhere.
import { ToolkenError, invalidArgument } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { OpenFile, readTextFile } from "../utils/open-file.js";
import { findDuplicateKey } from "../utils/duplicate-keys.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { asFloat32, type Tensor } from "./dtypes.js";
import { assertSameModel } from "./model-identity.js";
import { importFields } from "./options.js";
import { isTensor, type CheckpointValue } from "./pickle-values.js";
import { SafetensorsFile } from "./safetensors.js";
import { ToolHead } from "./tool-head.js";

const importHeadOptions = defineOptions(importFields);
export type ImportHeadOptions = OptionsOf<typeof importHeadOptions>;

/** A matrix of a foreign file, with what the file says about it. */
export interface ImportedMatrix {
  /** Where it was found, as "state_dict.W.weight". */
  readonly name: string;
  readonly rows: number;
  readonly dimension: number;
  /** (rows, dimension), row-major; converted from the file's type, and not checked for NaN. */
  readonly weights: Float32Array;
  /** The vector beside it that is named like a bias and has a value per row. */
  readonly bias: Float32Array | null;
  /** Names of the rows, angle brackets stripped, when the file has them. */
  readonly names: readonly string[] | null;
  /** Everything else that a PyTorch checkpoint holds, or the metadata of a safetensors file. */
  readonly content: CheckpointValue;
}

/**
 * Reads a tool head that another program wrote: a `.pth`/`.pt` checkpoint (of which nothing is executed) or safetensors.
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`, `INVALID_ARGUMENT` (names are missing or are not one per row),
 * `MODEL_MISMATCH` (the model has another hidden size)
 */
export async function importHead(path: string, given: ImportHeadOptions = {}): Promise<ToolHead> {
  const options = resolveOptions(importHeadOptions, given, "importHead");
  const matrix = await importMatrix(path, options.tensor);
  const { rows, dimension, weights, bias } = matrix;
  const tools = options.tools === undefined ? namesOf(matrix, path) : await toolNames(options.tools);
  if (tools.length !== rows) {
    throw invalidArgument(`${rows} names, one per row of ${JSON.stringify(path)}`, "tools", tools);
  }
  const model = options.model ?? null;
  if (model) {
    assertSameModel({ ...model, name: path, embeddingLength: dimension }, model, "head");
  }
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0)
    throw invalidFile(path, "finite weights", `${weights[at]} in row ${Math.floor(at / dimension)}`);
  return ToolHead.create({
    tools,
    dimension,
    weights,
    bias: bias ?? undefined,
    model,
    training: { importedFrom: path.split(/[\\/]/).at(-1), tensor: matrix.name },
  });
}

function namesOf({ names, rows }: ImportedMatrix, path: string): readonly string[] {
  if (!names) {
    throw invalidArgument(`${rows} names or the path of a func_dict.json`, "tools", undefined, {
      hint: `${JSON.stringify(path)} holds weights without names of its rows.`,
    });
  }
  if (names.includes("REJ")) {
    throw new ToolkenError("FILE_INVALID", `${JSON.stringify(path)} is a reranker: it has a row REJ`, {
      hint: "Import it as a reranker, with importReranker.",
    });
  }
  return names;
}

/**
 * The matrix of a foreign head or reranker.
 * @param which its name, when the file has several
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID` (no matrix, several, or not named so), `IO`.
 */
export async function importMatrix(path: string, which?: string): Promise<ImportedMatrix> {
  const content = await readForeign(path);
  const tensors = new Map<string, Tensor>();
  collectTensors(content, "", tensors);
  const name = which ?? soleMatrix(tensors, path);
  const tensor = tensors.get(name);
  const [rows, dimension] = tensor?.shape ?? [];
  if (tensor?.shape.length !== 2 || rows === undefined || !dimension || !isFloat(tensor)) {
    const found = tensor ? `${tensor.dtype} ${shown(tensor.shape)}` : `only ${shown([...tensors.keys()])}`;
    throw invalidFile(path, `a matrix of floating-point numbers at ${shown(name)}`, found);
  }
  const bias = tensors.get(name.replace(/weight$/, "bias"));
  return {
    name,
    rows,
    dimension,
    weights: asFloat32(tensor),
    bias:
      bias && bias !== tensor && bias.shape.length === 1 && bias.shape[0] === rows ? asFloat32(bias) : null,
    names: findNames(content, rows),
    content,
  };
}

function soleMatrix(tensors: ReadonlyMap<string, Tensor>, path: string): string {
  const matrices = [...tensors].filter(([, tensor]) => tensor.shape.length === 2 && isFloat(tensor));
  if (matrices.length === 1) return matrices[0]![0];
  const found = matrices.map(([name, { shape }]) => `${name} ${shown(shape)}`).slice(0, 20);
  throw invalidFile(path, "one matrix of floating-point numbers", found.join(", ") || "none", {
    hint: matrices.length === 0 ? "It is no head." : "Say which one it is (option tensor).",
  });
}

async function readForeign(path: string): Promise<CheckpointValue> {
  if (!(await isCheckpoint(path))) return readPlainSafetensors(path);
  const { readTorchCheckpoint } = await import("./torch-checkpoint.js");
  return readTorchCheckpoint(path);
}

async function isCheckpoint(path: string): Promise<boolean> {
  await using file = await OpenFile.open(path);
  const [p, k, three, four, , , , , byte8] = await file.read(0, Math.min(9, file.size));
  // A safetensors file starts with a length, which could spell the signature too, but then "{" follows.
  const isZip = p === 0x50 && k === 0x4b && three === 3 && four === 4 && byte8 !== 0x7b;
  // A checkpoint without the signature gets its message from the reader of checkpoints.
  return isZip || /\.(pth|pt|bin)$/i.test(path);
}

async function readPlainSafetensors(path: string): Promise<CheckpointValue> {
  await using file = await SafetensorsFile.open(path);
  const content = Object.create(null) as Record<string, CheckpointValue>;
  for (const name of file.tensors.keys()) content[name] = await file.read(name);
  return content;
}

function collectTensors(value: CheckpointValue, name: string, found: Map<string, Tensor>): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if (isTensor(value)) {
    found.set(name, value);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    collectTensors(item, name === "" ? key : `${name}.${key}`, found);
  }
}

function isFloat({ dtype }: Tensor): boolean {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16" || dtype === "F64";
}

/** The first dict at the checkpoint's top level that numbers the rows, `toolname2idx` for example. */
function findNames(content: CheckpointValue, rows: number): readonly string[] | null {
  if (typeof content !== "object" || content === null) return null;
  for (const value of Object.values(content) as CheckpointValue[]) {
    if (typeof value !== "object" || value === null || isTensor(value)) continue;
    const names = namesInOrder(value);
    if (names?.length === rows) return names;
  }
  return null;
}

/**
 * Tool names in row order, angle brackets stripped, from a list or from a JSON file `{ "<add>": 0, … }` or `["add", …]`.
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID` (not such JSON, rows not numbered from 0 without a gap), `IO`.
 */
export async function toolNames(tools: readonly string[] | string): Promise<readonly string[]> {
  if (typeof tools !== "string") return tools.map(bareName);
  const text = await readTextFile(tools);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidFile(tools, "JSON with the names of tools", "other text", { cause });
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== null) throw invalidFile(tools, "different names", `${shown(duplicate)} twice`);
  const names = namesInOrder(value);
  if (!names) {
    throw invalidFile(
      tools,
      'a JSON object such as { "<add>": 0, "<subtract>": 1 } with rows from 0',
      shown(value),
    );
  }
  return names;
}

/** Null unless the value is a list of names, or numbers its keys from 0 without a gap. */
function namesInOrder(value: unknown): readonly string[] | null {
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) {
    return value.every((name) => typeof name === "string") ? value.map(bareName) : null;
  }
  const names: string[] = [];
  const entries = Object.entries(value) as [string, unknown][];
  for (const [name, row] of entries) {
    if (typeof row !== "number" || !Number.isSafeInteger(row) || row < 0 || row >= entries.length)
      return null;
    if (names[row] !== undefined) return null;
    names[row] = bareName(name);
  }
  return names.length > 0 ? names : null;
}

/** "<add>" -> "add" */
function bareName(name: string): string {
  return /^<(.+)>$/s.exec(name)?.[1] ?? name;
}
