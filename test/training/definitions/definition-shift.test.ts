import test from "ava";
import { shiftDefinitions } from "../../../src/training/definitions/definition-shift.js";

test("definitions get the mean of the others, which stay", (t) => {
  const states = Float32Array.from([0, 0, 2, 4, 10, 10, 12, 20]);
  const shifted = shiftDefinitions(states, 2, Uint8Array.from([1, 1, 0, 0]));
  t.deepEqual([...shifted], [10, 13, 12, 17, 10, 10, 12, 20]);
});

test("without one of the two nothing moves", (t) => {
  const states = Float32Array.from([1, 2, 3, 4]);
  t.is(shiftDefinitions(states, 2, Uint8Array.from([1, 1])), states);
  t.is(shiftDefinitions(states, 2, Uint8Array.from([0, 0])), states);
});
