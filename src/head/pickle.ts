// Runs only the instructions that build plain values. Everything that would run code, and every global outside a short
// list, is an error that names it.

import { PickleMachine } from "./pickle-machine.js";
import { refusedInstruction, runAction, STOP, VALUES } from "./pickle-opcodes.js";
import { PickleReader } from "./pickle-reader.js";
import type { PickleRules, PickleValue } from "./pickle-types.js";

/** Runs a pickle. Time and memory are linear in its length. */
export function unpickle(bytes: Uint8Array, rules: PickleRules): PickleValue {
  const reader = new PickleReader(bytes, rules);
  const machine = new PickleMachine(reader, rules);
  for (;;) {
    const opcode = reader.byte();
    if (opcode === STOP) return machine.pop();
    const value = VALUES.get(opcode);
    if (value !== undefined) machine.push(value(machine));
    else if (!runAction(machine, opcode)) throw refusedInstruction(machine, opcode);
  }
}
