import test from "ava";
import {
  bfloat16FromFloat32,
  float16FromFloat32,
  float32FromBfloat16,
  float32FromFloat16,
} from "../../src/head/precision.js";

/** The definition of the format, in plain arithmetic. */
function slowValue(half: number, exponentBits: number, fractionBits: number): number {
  const sign = half >> 15 ? -1 : 1;
  const exponent = (half >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (half & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const formats = {
  F16: { exponent: 5, fraction: 10, widen: float32FromFloat16, narrow: float16FromFloat32 },
  BF16: { exponent: 8, fraction: 7, widen: float32FromBfloat16, narrow: bfloat16FromFloat32 },
};

for (const [name, { exponent, fraction, widen, narrow }] of Object.entries(formats)) {
  test(`${name}: each of the 65,536 values widens to what its bits say, and back to itself`, (t) => {
    const wide = widen(all);
    const back = narrow(wide);
    const wrong = all.filter((half, i) => {
      const value = slowValue(half, exponent, fraction);
      if (Number.isNaN(value)) return !Number.isNaN(wide[i]) || !Number.isNaN(widen(back.slice(i, i + 1))[0]);
      return !Object.is(wide[i], value) || back[i] !== half;
    });
    t.deepEqual([...wrong], []);
  });

  test(`${name}: rounds to nearest, ties to even, at every border between two values`, (t) => {
    const infinity = (2 ** exponent - 1) << fraction;
    const word = new Uint32Array(1);
    const float = new Float32Array(word.buffer);
    const wrong: number[] = [];
    for (let half = 0; half < infinity; half++) {
      const low = slowValue(half, exponent, fraction);
      // Infinity takes the place that the next value would have.
      const step = low - slowValue(half - 1, exponent, fraction);
      const high = half + 1 === infinity ? low + step : slowValue(half + 1, exponent, fraction);
      float[0] = (low + high) / 2;
      const middle = word[0]!;
      const inputs = Float32Array.from([-1, 0, 1], (offset) => {
        word[0] = middle + offset;
        return float[0]!;
      });
      const even = half % 2 === 0 ? half : half + 1;
      const positive = narrow(inputs);
      const negative = narrow(inputs.map((value) => -value));
      const rightly = [half, even, half + 1];
      if (rightly.some((right, i) => positive[i] !== right || negative[i] !== (right | 0x8000))) {
        wrong.push(half);
      }
    }
    t.deepEqual(wrong, []);
  });

  test(`${name}: NaN stays NaN, whatever its payload; infinities stay`, (t) => {
    const payloads = new Float32Array(Uint32Array.of(0x7f800001, 0x7fffffff, 0xff800001, 0x7fc00000).buffer);
    t.true(widen(narrow(payloads)).every((value) => Number.isNaN(value)));
    const kept = Float32Array.of(Infinity, -Infinity, 0, -0);
    t.deepEqual(widen(narrow(kept)), kept);
  });
}

test("conversion honours a view's offset", (t) => {
  const floats = Float32Array.of(9, 1, 2).subarray(1);
  t.deepEqual([...float32FromBfloat16(bfloat16FromFloat32(floats))], [1, 2]);
  t.deepEqual([...float32FromFloat16(float16FromFloat32(floats))], [1, 2]);
});
