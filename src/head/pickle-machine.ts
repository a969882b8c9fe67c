import type { PickleReader } from "./pickle-reader.js";
import { PickleDict, PickleGlobal, PickleList, type PickleRules, type PickleValue } from "./pickle-types.js";

const MARK = Symbol("mark");
const MAX_VALUES = 1_000_000;

/** Stack and memo of a running pickle. */
export class PickleMachine {
  readonly reader: PickleReader;
  readonly rules: PickleRules;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(reader: PickleReader, rules: PickleRules) {
    this.reader = reader;
    this.rules = rules;
  }

  get memoSize(): number {
    return this.#memo.size;
  }

  mark(): void {
    this.#grow(MARK);
  }

  push(value: PickleValue): void {
    this.#grow(value);
  }

  /** An allowed global. */
  global(module: string, name: string): PickleGlobal {
    const global = `${module}.${name}`;
    if (!this.rules.globals.has(global))
      throw this.rules.refused(`the global ${printableGlobal(module, name)}`);
    return new PickleGlobal(global);
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** Pops a value or a mark. */
  drop(): void {
    if (this.#stack.pop() === undefined) throw this.#underflow();
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#underflow();
    return value;
  }

  topList(): PickleList {
    const list = this.top();
    if (!(list instanceof PickleList)) throw this.rules.invalid("a list to append to", "another value");
    return list;
  }

  topDict(): PickleDict {
    const dict = this.top();
    if (!(dict instanceof PickleDict)) throw this.rules.invalid("a dict to set items of", "another value");
    return dict;
  }

  popMany(count: number): PickleValue[] {
    const values: PickleValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.pop());
    return values.reverse();
  }

  popToMark(): PickleValue[] {
    const values: PickleValue[] = [];
    for (;;) {
      const value = this.#stack.pop();
      if (value === undefined) throw this.#underflow();
      if (value === MARK) return values.reverse();
      values.push(value);
    }
  }

  memoize(index: number): void {
    this.#memo.set(index, this.top());
    if (this.#memo.size > MAX_VALUES) {
      throw this.rules.invalid(`a pickle with at most ${MAX_VALUES} remembered values`, "more");
    }
  }

  recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.rules.invalid(`a remembered value ${index}`, "none");
    return value;
  }

  setItems(dict: PickleDict, pairs: readonly PickleValue[]): void {
    if (pairs.length % 2 !== 0) throw this.rules.invalid("keys and values in pairs", "a key without value");
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (typeof key !== "string" && typeof key !== "number" && typeof key !== "bigint") {
        throw this.rules.invalid("text or an integer as key of a dict", "another key");
      }
      dict.entries.set(key, pairs[i + 1]!);
    }
  }

  #grow(value: PickleValue | typeof MARK): void {
    this.#stack.push(value);
    if (this.#stack.length > MAX_VALUES) {
      throw this.rules.invalid(`a pickle with at most ${MAX_VALUES} values at a time`, "more");
    }
  }

  #underflow(): Error {
    return this.rules.invalid("a value on the pickle's stack", `none at byte ${this.reader.at}`);
  }
}

/** A global's name for a message, without control characters and at most 120 characters long. */
export function printableGlobal(module: string, name: string): string {
  // eslint-disable-next-line no-control-regex
  const printable = `${module}.${name}`.slice(0, 121).replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  return printable.length > 120 ? `${printable.slice(0, 120)}…` : printable;
}
