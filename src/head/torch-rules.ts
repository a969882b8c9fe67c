// What a PyTorch checkpoint's pickle may build: torch/_utils.py `_rebuild_tensor_v2`, torch/serialization.py `_save`.

import { ToolkenError } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { elementCount, type DType } from "./dtypes.js";
import {
  PickleDict,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleRules,
  type PickleValue,
} from "./pickle-types.js";
import { furthestElement } from "./strided.js";

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

const MAX_DIMENSIONS = 16;

export class Storage {
  constructor(
    readonly key: string,
    readonly dtype: DType,
    /** elements */
    readonly length: number,
  ) {}
}

/** A tensor whose values are still in the archive. */
export class TensorLayout {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    /** elements */
    readonly strides: readonly number[],
  ) {}
}

export function torchRules(path: string): PickleRules {
  const invalid = (expected: string, found: string): ToolkenError => invalidFile(path, expected, found);
  const rules: PickleRules = {
    globals: GLOBALS,
    invalid,
    refused: (what) =>
      new ToolkenError(
        "FILE_INVALID",
        `Refused ${JSON.stringify(path)}: its pickle contains ${what}; nothing was executed`,
        {
          hint: "Weights do not need this: open the file with PyTorch only if you trust its source.",
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

/** ("storage", type, key, device, number of elements); the device is ignored. */
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
      `a tensor of at most ${MAX_DIMENSIONS} dimensions, with offset, shape and strides that are counts`,
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

function countsOf(value: PickleValue | undefined): readonly number[] | null {
  // The length is checked first: many tensors may refer to the same long tuple.
  if (!(value instanceof PickleTuple) || value.items.length > MAX_DIMENSIONS) return null;
  return value.items.every(isCount) ? value.items : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
