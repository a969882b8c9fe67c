import { createHash } from "node:crypto";

/** A digest of plain values, RegExps and typed arrays; the same content gives the same 16 hex digits. */
export function digestOf(...values: readonly unknown[]): string {
  const hash = createHash("sha256");
  for (const value of values) {
    if (ArrayBuffer.isView(value)) {
      hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else {
      hash.update(JSON.stringify({ value }, plainly));
    }
    hash.update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** JSON has neither patterns nor infinities. */
function plainly(_: string, value: unknown): unknown {
  return value instanceof RegExp || value === Infinity || value === -Infinity ? String(value) : value;
}
