// A head's rows on the device: what the native addon holds, out of reach of callers.
import { markAsUntransferable } from "node:worker_threads";
import { invalidArgument } from "../errors.js";
import type { NativeHead } from "../native/addon.js";
import { callNative } from "../native/call.js";

let unwrap: (head: DeviceHead) => NativeHead;

/** Rows of a head on the device; made by `Model.createHead`, put on sequences by `Context.attachHead`. */
export class DeviceHead {
  readonly #native: NativeHead;

  static {
    unwrap = (head) => head.#native;
  }

  /** Use `Model.createHead`. */
  constructor(native: NativeHead) {
    this.#native = native;
  }

  /** Bytes of its rows, the spare ones too. */
  get bytes(): number {
    return callNative(() => this.#native.bytes());
  }

  /** Gives up the rows; they are freed with the last context that uses them. Idempotent. */
  dispose(): void {
    this.#native.dispose();
  }
}

/** @throws ToolkenError `INVALID_ARGUMENT` */
export function nativeHead(value: unknown): NativeHead {
  if (!(value instanceof DeviceHead)) throw invalidArgument("a head of Model.createHead", "head", value);
  return unwrap(value);
}

/** Rows (n, d) on their way to the device: they are read off-thread, so their memory must not move meanwhile. */
export function setRows(head: DeviceHead, weights: Float32Array, rows: number): Promise<void> {
  markAsUntransferable(weights.buffer);
  return nativeHead(head).setRows(weights, rows);
}
