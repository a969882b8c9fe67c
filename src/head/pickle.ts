// A pickle is a program. This machine runs only the instructions that build plain values; whatever would run code or
// reach for a name outside a short list is refused, with that name in the error.
// Instructions: CPython's Lib/pickletools.py, protocols 2 to 5.

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | PickleObject;

export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class PickleDict {
  readonly entries = new Map<string | number | bigint, PickleValue>();
}

/** A name that the rules allow; it is never looked up anywhere. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What the rules made of a call or of a persistent id. */
export class PickleObject {
  constructor(readonly value: object) {}
}

export interface PickleRules {
  /** "module.name" of each global that the pickle may mention. */
  readonly globals: ReadonlySet<string>;
  /** The value of calling an allowed global; null when it is not called so. */
  call(global: string, args: readonly PickleValue[]): PickleValue;
  /** The value behind a persistent id; null when there is none. */
  persistent(id: PickleValue): PickleValue;
  /** The error for a pickle that is not as it must be. */
  invalid(expected: string, found: string): Error;
  /** The error for a pickle that asks for what is not allowed. */
  refused(what: string): Error;
}

const MARK = Symbol("mark");
const HIGHEST_PROTOCOL = 5;
const MOST_VALUES = 1_000_000;
/** Bytes of an integer; weights need 8. */
const LONGEST_INTEGER = 256;

/** Runs a pickle. Time and memory are linear in its length. */
export function unpickle(bytes: Uint8Array, rules: PickleRules): PickleValue {
  return new PickleMachine(bytes, rules).run();
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #rules: PickleRules;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;

  constructor(bytes: Uint8Array, rules: PickleRules) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rules = rules;
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.#byte();
      if (opcode === 0x2e /* STOP */) return this.#pop();
      this.#step(opcode);
      if (this.#stack.length > MOST_VALUES) {
        throw this.#rules.invalid(`a pickle with at most ${MOST_VALUES} values at a time`, "more");
      }
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: {
        const protocol = this.#byte();
        if (protocol > HIGHEST_PROTOCOL) {
          throw this.#rules.invalid(`a pickle of protocol 2 to ${HIGHEST_PROTOCOL}`, `${protocol}`);
        }
        return;
      }
      case 0x95: // FRAME: only a hint for buffering
        this.#length64();
        return;
      case 0x28: // MARK
        this.#stack.push(MARK);
        return;
      case 0x30: // POP
        if (this.#stack.pop() === undefined) throw this.#underflow();
        return;
      case 0x31: // POP_MARK
        this.#popToMark();
        return;
      case 0x32: // DUP
        this.#stack.push(this.#top());
        return;
      case 0x4e: {
        // NONE
        this.#push(null);
        return;
      }
      case 0x88: {
        // NEWTRUE
        this.#push(true);
        return;
      }
      case 0x89: {
        // NEWFALSE
        this.#push(false);
        return;
      }
      case 0x4b: {
        // BININT1
        this.#push(this.#byte());
        return;
      }
      case 0x4d: {
        // BININT2
        this.#push(this.#view.getUint16(this.#take(2), true));
        return;
      }
      case 0x4a: {
        // BININT
        this.#push(this.#view.getInt32(this.#take(4), true));
        return;
      }
      case 0x8a: {
        // LONG1
        this.#push(this.#integer(this.#byte()));
        return;
      }
      case 0x8b: {
        // LONG4
        this.#push(this.#integer(this.#length32()));
        return;
      }
      case 0x47: {
        // BINFLOAT
        this.#push(this.#view.getFloat64(this.#take(8), false));
        return;
      }
      case 0x8c: {
        // SHORT_BINUNICODE
        this.#push(this.#text(this.#byte()));
        return;
      }
      case 0x58: {
        // BINUNICODE
        this.#push(this.#text(this.#length32()));
        return;
      }
      case 0x8d: {
        // BINUNICODE8
        this.#push(this.#text(this.#length64()));
        return;
      }
      case 0x43: {
        // SHORT_BINBYTES
        this.#push(this.#slice(this.#byte()));
        return;
      }
      case 0x42: {
        // BINBYTES
        this.#push(this.#slice(this.#length32()));
        return;
      }
      case 0x8e: {
        // BINBYTES8
        this.#push(this.#slice(this.#length64()));
        return;
      }
      case 0x5d: {
        // EMPTY_LIST
        this.#push(new PickleList());
        return;
      }
      case 0x6c: {
        // LIST
        this.#push(this.#listOf(this.#popToMark()));
        return;
      }
      case 0x61: {
        // APPEND
        const item = this.#pop();
        this.#topList().items.push(item);
        return;
      }
      case 0x65: {
        // APPENDS
        const items = this.#popToMark();
        const list = this.#topList();
        for (const item of items) list.items.push(item);
        return;
      }
      case 0x29: {
        // EMPTY_TUPLE
        this.#push(new PickleTuple([]));
        return;
      }
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        this.#push(new PickleTuple(this.#popMany(opcode - 0x84)));
        return;
      }
      case 0x74: {
        // TUPLE
        this.#push(new PickleTuple(this.#popToMark()));
        return;
      }
      case 0x7d: {
        // EMPTY_DICT
        this.#push(new PickleDict());
        return;
      }
      case 0x64: {
        // DICT
        const dict = new PickleDict();
        this.#setItems(dict, this.#popToMark());
        this.#push(dict);
        return;
      }
      case 0x73: {
        // SETITEM
        const pair = this.#popMany(2);
        this.#setItems(this.#topDict(), pair);
        return;
      }
      case 0x75: {
        // SETITEMS
        const pairs = this.#popToMark();
        this.#setItems(this.#topDict(), pairs);
        return;
      }
      case 0x71: {
        // BINPUT
        this.#remember(this.#byte());
        return;
      }
      case 0x72: {
        // LONG_BINPUT
        this.#remember(this.#length32());
        return;
      }
      case 0x94: {
        // MEMOIZE
        this.#remember(this.#memo.size);
        return;
      }
      case 0x68: {
        // BINGET
        this.#recall(this.#byte());
        return;
      }
      case 0x6a: {
        // LONG_BINGET
        this.#recall(this.#length32());
        return;
      }
      case 0x63: {
        // GLOBAL
        this.#pushGlobal(this.#line(), this.#line());
        return;
      }
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw this.#rules.invalid("the name of a global", "other values");
        }
        this.#pushGlobal(module, name);
        return;
      }
      case 0x52: {
        // REDUCE
        const [callee, args] = this.#popMany(2);
        if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
          throw this.#rules.refused("a call of something other than an allowed global");
        }
        this.#push(this.#rules.call(callee.name, args.items));
        return;
      }
      case 0x62: {
        // BUILD
        this.#build();
        return;
      }
      case 0x51: {
        // BINPERSID
        this.#push(this.#rules.persistent(this.#pop()));
        return;
      }
      default:
        throw this.#refusedInstruction(opcode);
    }
  }

  /** Python sets attributes of an object here. A dict's attributes (torch's `_metadata`) carry no weights. */
  #build(): void {
    const state = this.#pop();
    if (!(this.#top() instanceof PickleDict) || !(state instanceof PickleDict)) {
      throw this.#rules.refused("the instruction BUILD on something other than an ordered dict");
    }
  }

  #refusedInstruction(opcode: number): Error {
    switch (opcode) {
      case 0x69: // INST: names a class and makes an object of it
        return this.#rules.refused(`the global ${named(this.#line(), this.#line())} (instruction INST)`);
      case 0x6f:
        return this.#rules.refused("the instruction OBJ, which makes an object of a class");
      case 0x81:
      case 0x92: {
        const name = opcode === 0x81 ? "NEWOBJ" : "NEWOBJ_EX";
        return this.#rules.refused(`the instruction ${name}, which makes an object of a class`);
      }
      case 0x82:
      case 0x83:
      case 0x84: {
        const code = this.#slice(2 ** (opcode - 0x82)).reduceRight((sum, byte) => sum * 256 + byte, 0);
        return this.#rules.refused(`the extension ${code} (instruction EXT), which stands for a global`);
      }
      default:
        return this.#rules.invalid(
          "instructions of a checkpoint's pickle",
          `0x${opcode.toString(16).padStart(2, "0")} at byte ${this.#at - 1}`,
        );
    }
  }

  #pushGlobal(module: string, name: string): void {
    const global = `${module}.${name}`;
    if (!this.#rules.globals.has(global)) throw this.#rules.refused(`the global ${named(module, name)}`);
    this.#push(new PickleGlobal(global));
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > MOST_VALUES) {
      throw this.#rules.invalid(`a pickle with at most ${MOST_VALUES} remembered values`, "more");
    }
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#rules.invalid(`a remembered value ${index}`, "none");
    this.#push(value);
  }

  #setItems(dict: PickleDict, pairs: readonly PickleValue[]): void {
    if (pairs.length % 2 !== 0) throw this.#rules.invalid("keys and values in pairs", "a key without value");
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (typeof key !== "string" && typeof key !== "number" && typeof key !== "bigint") {
        throw this.#rules.invalid("text or an integer as key of a dict", "another key");
      }
      dict.entries.set(key, pairs[i + 1]!);
    }
  }

  #listOf(items: readonly PickleValue[]): PickleList {
    const list = new PickleList();
    for (const item of items) list.items.push(item);
    return list;
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#underflow();
    return value;
  }

  #topList(): PickleList {
    const list = this.#top();
    if (!(list instanceof PickleList)) throw this.#rules.invalid("a list to append to", "another value");
    return list;
  }

  #topDict(): PickleDict {
    const dict = this.#top();
    if (!(dict instanceof PickleDict)) throw this.#rules.invalid("a dict to set items of", "another value");
    return dict;
  }

  #popMany(count: number): PickleValue[] {
    const values: PickleValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.#pop());
    return values.reverse();
  }

  #popToMark(): PickleValue[] {
    const values: PickleValue[] = [];
    for (;;) {
      const value = this.#stack.pop();
      if (value === undefined) throw this.#underflow();
      if (value === MARK) return values.reverse();
      values.push(value);
    }
  }

  #underflow(): Error {
    return this.#rules.invalid("a value on the pickle's stack", `none at byte ${this.#at}`);
  }

  /** Moves on by `length` bytes and returns where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.byteLength - start) {
      throw this.#rules.invalid(`${length} bytes at byte ${start} of the pickle`, "its end");
    }
    this.#at += length;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #length32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #length64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  #slice(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #text(length: number): string {
    return this.#decode(this.#slice(length));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#rules.invalid("a line of text in the pickle", "its end");
    const line = this.#decode(this.#slice(end - this.#at));
    this.#at = end + 1;
    return line;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.#rules.invalid("text in UTF-8 in the pickle", "other bytes");
    }
  }

  /** Two's complement, little-endian; a number where it is exact. */
  #integer(length: number): number | bigint {
    if (length > LONGEST_INTEGER) {
      throw this.#rules.invalid(`an integer of at most ${LONGEST_INTEGER} bytes`, `${length}`);
    }
    const value = this.#slice(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }
}

/** A global's name in a message, which a hostile file must not fill with megabytes or control characters. */
function named(module: string, name: string): string {
  // eslint-disable-next-line no-control-regex
  const printable = `${module}.${name}`.slice(0, 121).replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  return printable.length > 120 ? `${printable.slice(0, 120)}…` : printable;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
