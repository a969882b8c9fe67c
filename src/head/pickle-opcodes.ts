// Instructions by opcode, as in CPython's Lib/pickletools.py, protocols 2 to 5.

import { type PickleMachine, printableGlobal } from "./pickle-machine.js";
import { PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from "./pickle-types.js";

const MAX_PROTOCOL = 5;

export const STOP = 0x2e;

/** Instructions that push one value, which they may make of the topmost ones. */
export const VALUES: ReadonlyMap<number, (machine: PickleMachine) => PickleValue> = new Map<
  number,
  (machine: PickleMachine) => PickleValue
>([
  [0x4e, () => null], // NONE
  [0x88, () => true], // NEWTRUE
  [0x89, () => false], // NEWFALSE
  [0x4b, ({ reader }) => reader.byte()], // BININT1
  [0x4d, ({ reader }) => reader.uint16()], // BININT2
  [0x4a, ({ reader }) => reader.int32()], // BININT
  [0x8a, ({ reader }) => reader.integer(reader.byte())], // LONG1
  [0x8b, ({ reader }) => reader.integer(reader.uint32())], // LONG4
  [0x47, ({ reader }) => reader.float64()], // BINFLOAT
  [0x8c, ({ reader }) => reader.string(reader.byte())], // SHORT_BINUNICODE
  [0x58, ({ reader }) => reader.string(reader.uint32())], // BINUNICODE
  [0x8d, ({ reader }) => reader.string(reader.uint64())], // BINUNICODE8
  [0x43, ({ reader }) => reader.slice(reader.byte())], // SHORT_BINBYTES
  [0x42, ({ reader }) => reader.slice(reader.uint32())], // BINBYTES
  [0x8e, ({ reader }) => reader.slice(reader.uint64())], // BINBYTES8
  [0x5d, () => new PickleList()], // EMPTY_LIST
  [0x6c, list], // LIST
  [0x29, () => new PickleTuple([])], // EMPTY_TUPLE
  [0x85, (machine) => new PickleTuple(machine.popMany(1))], // TUPLE1
  [0x86, (machine) => new PickleTuple(machine.popMany(2))], // TUPLE2
  [0x87, (machine) => new PickleTuple(machine.popMany(3))], // TUPLE3
  [0x74, (machine) => new PickleTuple(machine.popToMark())], // TUPLE
  [0x7d, () => new PickleDict()], // EMPTY_DICT
  [0x64, dict], // DICT
  [0x32, (machine) => machine.top()], // DUP
  [0x68, (machine) => machine.recall(machine.reader.byte())], // BINGET
  [0x6a, (machine) => machine.recall(machine.reader.uint32())], // LONG_BINGET
  [0x63, (machine) => machine.global(machine.reader.line(), machine.reader.line())], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, reduce], // REDUCE
  [0x51, (machine) => machine.rules.persistent(machine.pop())], // BINPERSID
]);

/** Runs an instruction that pushes no value. @returns false for any other */
export function runAction(machine: PickleMachine, opcode: number): boolean {
  const { reader } = machine;
  switch (opcode) {
    case 0x80: // PROTO
      protocol(machine);
      return true;
    case 0x95: // FRAME: only a hint for buffering
      reader.uint64();
      return true;
    case 0x28: // MARK
      machine.mark();
      return true;
    case 0x30: // POP
      machine.drop();
      return true;
    case 0x31: // POP_MARK
      machine.popToMark();
      return true;
    case 0x61: // APPEND
      append(machine, [machine.pop()]);
      return true;
    case 0x65: // APPENDS
      append(machine, machine.popToMark());
      return true;
    case 0x73: // SETITEM
      setItems(machine, machine.popMany(2));
      return true;
    case 0x75: // SETITEMS
      setItems(machine, machine.popToMark());
      return true;
    case 0x71: // BINPUT
      machine.memoize(reader.byte());
      return true;
    case 0x72: // LONG_BINPUT
      machine.memoize(reader.uint32());
      return true;
    case 0x94: // MEMOIZE
      machine.memoize(machine.memoSize);
      return true;
    case 0x62: // BUILD
      build(machine);
      return true;
    default:
      return false;
  }
}

/** The error for an instruction that is unknown or would run code. */
export function refusedInstruction({ reader, rules }: PickleMachine, opcode: number): Error {
  switch (opcode) {
    case 0x69: // INST
      return rules.refused(`the global ${printableGlobal(reader.line(), reader.line())} (instruction INST)`);
    case 0x6f:
      return rules.refused("the instruction OBJ, which instantiates a class");
    case 0x81:
      return rules.refused("the instruction NEWOBJ, which instantiates a class");
    case 0x92:
      return rules.refused("the instruction NEWOBJ_EX, which instantiates a class");
    case 0x82: // EXT1
    case 0x83: // EXT2
    case 0x84: {
      // EXT4
      const code = reader.slice(2 ** (opcode - 0x82)).reduceRight((sum, byte) => sum * 256 + byte, 0);
      return rules.refused(`the extension ${code} (instruction EXT), which stands for a global`);
    }
    default:
      return rules.invalid(
        "instructions of a checkpoint's pickle",
        `0x${opcode.toString(16).padStart(2, "0")} at byte ${reader.at - 1}`,
      );
  }
}

function protocol({ reader, rules }: PickleMachine): void {
  const version = reader.byte();
  if (version > MAX_PROTOCOL) throw rules.invalid(`a pickle of protocol 2 to ${MAX_PROTOCOL}`, `${version}`);
}

function list(machine: PickleMachine): PickleList {
  const made = new PickleList();
  for (const item of machine.popToMark()) made.items.push(item);
  return made;
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = machine.topList();
  for (const item of items) list.items.push(item);
}

function dict(machine: PickleMachine): PickleDict {
  const made = new PickleDict();
  machine.setItems(made, machine.popToMark());
  return made;
}

function setItems(machine: PickleMachine, pairs: readonly PickleValue[]): void {
  machine.setItems(machine.topDict(), pairs);
}

function stackGlobal(machine: PickleMachine): PickleValue {
  const [module, name] = machine.popMany(2);
  if (typeof module !== "string" || typeof name !== "string") {
    throw machine.rules.invalid("the name of a global", "other values");
  }
  return machine.global(module, name);
}

function reduce(machine: PickleMachine): PickleValue {
  const [callee, args] = machine.popMany(2);
  if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
    throw machine.rules.refused("a call of something other than an allowed global");
  }
  return machine.rules.call(callee.name, args.items);
}

/** Python sets attributes here; those of a dict (torch's `_metadata`) hold no weights and are ignored. */
function build(machine: PickleMachine): void {
  const state = machine.pop();
  if (!(machine.top() instanceof PickleDict) || !(state instanceof PickleDict)) {
    throw machine.rules.refused("the instruction BUILD on something other than an ordered dict");
  }
}
