// Published heads are PyTorch checkpoints: a zip of a pickle and raw storages. This reads them without running anything.
// Layout: torch/serialization.py `_save` (archive/data.pkl, archive/data/<key>) and torch/_utils.py `_rebuild_tensor_v2`.
import { ToolkenError } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { OpenFile } from "../utils/open-file.js";
import { ZipArchive } from "../utils/zip.js";
import { dtypeBytes, elementCount, viewAs, type DType, type Tensor, type TensorArray } from "./dtypes.js";
import {
  PickleDict,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  unpickle,
  type PickleRules,
  type PickleValue,
} from "./pickle.js";
import { findObjects, plainValue, type CheckpointValue } from "./pickle-values.js";
import { copyStrided, furthestElement } from "./strided.js";

const STORAGES: ReadonlyMap<string, DType> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
]);

const GLOBALS: ReadonlySet<string> = new Set([
  ...STORAGES.keys(),
  "collections.OrderedDict",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_parameter",
  "torch.Size",
]);

const LARGEST_PICKLE = 16 * 1024 * 1024;
const MOST_DIMENSIONS = 16;

class Storage {
  constructor(
    readonly key: string,
    readonly dtype: DType,
    /** elements */
    readonly length: number,
  ) {}
}

/** A tensor whose values are still in the archive. */
class TensorLayout {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    /** elements */
    readonly strides: readonly number[],
  ) {}
}

/**
 * Reads a checkpoint that `torch.save` has written (PyTorch 1.6 and later). Nothing in it is executed.
 * @throws `FILE_NOT_FOUND`, `IO`, `FILE_INVALID`: not such a file, damaged, or with a global that weights do not need
 */
export async function readTorchCheckpoint(path: string): Promise<CheckpointValue> {
  await using file = await OpenFile.open(path);
  await assertZip(file);
  const archive = await ZipArchive.read(file);
  const folder = findFolder(archive, path);
  await assertLittleEndian(archive, folder, path);
  const pickleSize = archive.entries.get(`${folder}data.pkl`)!.size;
  if (pickleSize > LARGEST_PICKLE) {
    throw invalidFile(path, `a pickle of at most ${LARGEST_PICKLE} bytes`, `${pickleSize} bytes`);
  }
  const pickle = await archive.readEntry(`${folder}data.pkl`);
  const root = unpickle(pickle, torchRules(path));
  const tensors = await readTensors(findObjects(root, path), archive, folder, file);
  return plainValue(root, tensors, path);
}

function torchRules(path: string): PickleRules {
  const invalid = (expected: string, found: string): ToolkenError => invalidFile(path, expected, found);
  const rules: PickleRules = {
    globals: GLOBALS,
    invalid,
    refused: (what) =>
      new ToolkenError(
        "FILE_INVALID",
        `Refused ${JSON.stringify(path)}: its pickle asks for ${what}; nothing was executed`,
        {
          hint: "Weights need no such thing: do not open this file with PyTorch unless you trust where it is from.",
        },
      ),
    call(global, args) {
      switch (global) {
        case "collections.OrderedDict":
          if (args.length === 0) return new PickleDict();
          break;
        case "torch.Size":
          if (args.length === 1 && args[0] instanceof PickleTuple) return args[0];
          break;
        case "torch._utils._rebuild_parameter":
          if (args[0] instanceof PickleObject && args[0].value instanceof TensorLayout) return args[0];
          break;
        case "torch._utils._rebuild_tensor_v2":
          return new PickleObject(tensorLayout(args, invalid));
      }
      throw invalid(`a call of ${global} as PyTorch writes it`, "other arguments");
    },
    persistent: (id) => new PickleObject(storageOf(id, invalid)),
  };
  return rules;
}

type Invalid = (expected: string, found: string) => ToolkenError;

/** ("storage", type, key, device, number of elements); the device does not matter here. */
function storageOf(id: PickleValue, invalid: Invalid): Storage {
  if (!(id instanceof PickleTuple)) throw invalid("a storage", "another persistent id");
  const [kind, type, key, , length] = id.items;
  const dtype = type instanceof PickleGlobal ? STORAGES.get(type.name) : undefined;
  if (kind !== "storage" || dtype === undefined || typeof key !== "string" || !isCount(length)) {
    throw invalid("a storage with type, key and length", "another persistent id");
  }
  return new Storage(key, dtype, length);
}

/** (storage, offset, size, stride, requires_grad, backward_hooks) */
function tensorLayout(args: readonly PickleValue[], invalid: Invalid): TensorLayout {
  const [object, offset, size, stride] = args;
  const storage = object instanceof PickleObject ? object.value : null;
  if (!(storage instanceof Storage)) throw invalid("a tensor with a storage", "something else");
  const shape = countsOf(size);
  const strides = countsOf(stride);
  if (!isCount(offset) || !shape || strides?.length !== shape.length) {
    throw invalid(
      `a tensor of at most ${MOST_DIMENSIONS} dimensions, with offset, shape and strides that are counts`,
      "other values",
    );
  }
  if (elementCount(shape) === null) throw invalid("a tensor of countable size", `shape ${shown(shape)}`);
  const furthest = furthestElement(offset, shape, strides);
  if (furthest >= storage.length) {
    const place = `element ${furthest} of a tensor of shape ${shown(shape)}`;
    throw invalid(`a tensor within its storage of ${storage.length} elements`, place);
  }
  return new TensorLayout(storage, offset, shape, strides);
}

async function readTensors(
  objects: Iterable<PickleObject>,
  archive: ZipArchive,
  folder: string,
  file: OpenFile,
): Promise<ReadonlyMap<PickleObject, Tensor>> {
  // Views of one storage could ask for any amount of memory from a small file.
  let room = 4 * file.size + 65_536;
  const storages = new Map<string, TensorArray>();
  const tensors = new Map<PickleObject, Tensor>();
  for (const object of objects) {
    const layout = object.value;
    if (!(layout instanceof TensorLayout)) {
      throw invalidFile(file.path, "storages inside of tensors", "a storage on its own");
    }
    const { storage, offset, shape, strides } = layout;
    const { dtype, key } = storage;
    room -= elementCount(shape)! * dtypeBytes(dtype);
    if (room < 0) {
      throw invalidFile(file.path, "tensors of about the file's size", "tensors that are many times larger");
    }
    const id = `${dtype}/${key}`;
    const source = storages.get(id) ?? (await readStorage(storage, archive, folder, file.path));
    storages.set(id, source);
    tensors.set(object, { dtype, shape, data: copyStrided(dtype, source, offset, shape, strides) });
  }
  return tensors;
}

async function readStorage(
  { key, dtype, length }: Storage,
  archive: ZipArchive,
  folder: string,
  path: string,
): Promise<TensorArray> {
  const name = `${folder}data/${key}`;
  const size = archive.entries.get(name)?.size;
  if (size !== length * dtypeBytes(dtype)) {
    const found = size === undefined ? "none" : `${size} bytes`;
    throw invalidFile(path, `a storage ${shown(name)} of ${length * dtypeBytes(dtype)} bytes`, found);
  }
  return viewAs(dtype, await archive.readEntry(name));
}

async function assertZip(file: OpenFile): Promise<void> {
  const start = await file.read(0, Math.min(4, file.size));
  if (start[0] === 0x50 && start[1] === 0x4b && start[2] === 0x03 && start[3] === 0x04) return;
  throw invalidFile(
    file.path,
    "a PyTorch checkpoint (a zip archive)",
    `a file of ${file.size} bytes without its signature`,
    {
      hint: "A checkpoint of PyTorch before 1.6 is no zip archive: load it with PyTorch and save it again.",
    },
  );
}

/** The folder inside the archive, "head_best/" for example: named after the file it was first saved to. */
function findFolder(archive: ZipArchive, path: string): string {
  const pickles = [...archive.entries.keys()].filter((name) => /^[^/]*\/?data\.pkl$/.test(name));
  if (pickles.length !== 1) throw invalidFile(path, "one data.pkl in the archive", `${pickles.length}`);
  return pickles[0]!.slice(0, -"data.pkl".length);
}

async function assertLittleEndian(archive: ZipArchive, folder: string, path: string): Promise<void> {
  const name = `${folder}byteorder`;
  // Written since PyTorch 2.0; before, the order was that of the machine, practically always little.
  const entry = archive.entries.get(name);
  if (!entry) return;
  const order = entry.size > 16 ? "" : new TextDecoder().decode(await archive.readEntry(name));
  if (order !== "little") throw invalidFile(path, 'the byte order "little"', shown(order));
}

function countsOf(value: PickleValue | undefined): readonly number[] | null {
  // The length comes first: one long tuple could be mentioned by very many tensors.
  if (!(value instanceof PickleTuple) || value.items.length > MOST_DIMENSIONS) return null;
  return value.items.every(isCount) ? value.items : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
