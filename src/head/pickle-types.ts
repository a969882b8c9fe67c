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

/** An allowed name; it is never resolved. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** The result of a call or of a persistent id, as made by the rules. */
export class PickleObject {
  constructor(readonly value: object) {}
}

export interface PickleRules {
  /** Allowed globals, as "module.name". */
  readonly globals: ReadonlySet<string>;
  /** The result of calling an allowed global; null for unexpected arguments. */
  call(global: string, args: readonly PickleValue[]): PickleValue;
  /** The value of a persistent id; null when there is none. */
  persistent(id: PickleValue): PickleValue;
  /** The error for an invalid pickle. */
  invalid(expected: string, found: string): Error;
  /** The error for a pickle that uses something that is not allowed. */
  refused(what: string): Error;
}
