import type { PickleRules } from "./pickle-types.js";

/** Bytes of an integer; weights need 8. */
const MAX_INTEGER_BYTES = 256;

/** Reads the operands of a pickle's instructions, little-endian. */
export class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #rules: Pick<PickleRules, "invalid">;
  #at = 0;

  constructor(bytes: Uint8Array, rules: Pick<PickleRules, "invalid">) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rules = rules;
  }

  /** Offset of the next byte. */
  get at(): number {
    return this.#at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  /** Big-endian, unlike all others. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  slice(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  string(length: number): string {
    return this.#decode(this.slice(length));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#rules.invalid("a line of text in the pickle", "its end");
    const line = this.#decode(this.slice(end - this.#at));
    this.#at = end + 1;
    return line;
  }

  /** Two's complement; a bigint where a number is not exact. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) {
      throw this.#rules.invalid(`an integer of at most ${MAX_INTEGER_BYTES} bytes`, `${length}`);
    }
    const value = this.slice(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** Advances by `length` bytes. @returns the offset of the first */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.byteLength - start) {
      throw this.#rules.invalid(`${length} bytes at byte ${start} of the pickle`, "its end");
    }
    this.#at += length;
    return start;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.#rules.invalid("text in UTF-8 in the pickle", "other bytes");
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
