// A pickle's values may refer to each other in any way; callers get a tree, of bounded size and depth.
import { invalidFile } from "../utils/file-error.js";
import type { Tensor } from "./dtypes.js";
import { PickleDict, PickleList, PickleObject, PickleTuple, type PickleValue } from "./pickle-types.js";

/** What a checkpoint holds: plain values, with tensors in row-major order. Dicts are objects without prototype. */
export type CheckpointValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tensor
  | readonly CheckpointValue[]
  | { readonly [key: string]: CheckpointValue };

const MAX_VALUES = 1_000_000;
const DEEPEST = 64;

/**
 * The different objects in the tree that the values span.
 * @throws `FILE_INVALID` for values that contain themselves, or that grow without bound when written out
 */
export function findObjects(root: PickleValue, path: string): ReadonlySet<PickleObject> {
  const objects = new Set<PickleObject>();
  let values = 0;
  const visit = (value: PickleValue, depth: number): void => {
    // Counted per mention, not per value: a list of ten lists of ten lists … is small only while it is shared.
    if (++values > MAX_VALUES) throw invalidFile(path, `at most ${MAX_VALUES} values`, "more");
    if (depth > DEEPEST) throw invalidFile(path, `values nested at most ${DEEPEST} deep`, "deeper ones");
    if (value instanceof PickleObject) objects.add(value);
    else if (value instanceof PickleList || value instanceof PickleTuple) {
      for (const item of value.items) visit(item, depth + 1);
    } else if (value instanceof PickleDict) {
      for (const item of value.entries.values()) visit(item, depth + 1);
    }
  };
  visit(root, 0);
  return objects;
}

/**
 * The values as plain ones.
 * @param root values that {@link findObjects} has accepted
 * @param tensors what each of its objects stands for
 * @throws `FILE_INVALID` for a value that is neither plain nor a tensor
 */
export function plainValue(
  root: PickleValue,
  tensors: ReadonlyMap<PickleObject, Tensor>,
  path: string,
): CheckpointValue {
  const plain = (value: PickleValue): CheckpointValue => {
    if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
    if (value instanceof PickleList || value instanceof PickleTuple) return value.items.map(plain);
    if (value instanceof PickleObject) return tensors.get(value)!;
    if (!(value instanceof PickleDict)) {
      throw invalidFile(path, "plain values and tensors", `the global ${value.name} as a value`);
    }
    const object = Object.create(null) as Record<string, CheckpointValue>;
    for (const [key, item] of value.entries) {
      const name = String(key);
      if (name in object)
        throw invalidFile(path, "different keys in a dict", `${JSON.stringify(name)} twice`);
      object[name] = plain(item);
    }
    return object;
  };
  return plain(root);
}

/** Whether a value of a checkpoint is a tensor; a dict has no prototype, whatever its keys are. */
export function isTensor(value: CheckpointValue): value is Tensor {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array) && Object.getPrototypeOf(value) !== null;
}
