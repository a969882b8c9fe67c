// Heads are stored in half precision; JavaScript before Float16Array has no conversion of its own.
// Formats: IEEE 754-2019 binary16 (1 sign, 5 exponent, 10 fraction bits) and bfloat16 (the upper half of binary32).

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Exact. NaN stays NaN. */
export function float32FromFloat16(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  const outBits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) outBits[i] = widenFloat16(halves[i]!);
  return out;
}

function widenFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  // Subnormal: fraction · 2^-24, which binary32 holds as a normal number.
  float[0] = fraction * 2 ** -24;
  return sign | bits[0]!;
}

/** Rounds to nearest, ties to even; beyond 65,519.99 becomes infinite. NaN stays NaN. */
export function float16FromFloat32(floats: Float32Array): Uint16Array {
  const out = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) out[i] = narrowToFloat16(floats[i]!);
  return out;
}

function narrowToFloat16(value: number): number {
  float[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65,520 on, the nearest is infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14: adding 0.5 moves the unit of binary32's last place to 2^-24, so the sum rounds as binary16 does.
    float[0] = 0;
    bits[0] = magnitude;
    float[0] += 0.5;
    return sign | (bits[0] - 0x3f000000);
  }
  const rebiased = magnitude - (112 << 23);
  const odd = (rebiased >>> 13) & 1;
  // A carry out of the fraction rightly raises the exponent.
  return sign | ((rebiased + 0xfff + odd) >>> 13);
}

/** Exact. */
export function float32FromBfloat16(halves: Uint16Array): Float32Array {
  const out = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = halves[i]! << 16;
  return new Float32Array(out.buffer);
}

/** Rounds to nearest, ties to even; the largest values become infinite. NaN stays NaN. */
export function bfloat16FromFloat32(floats: Float32Array): Uint16Array {
  const source = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const out = new Uint16Array(floats.length);
  for (let i = 0; i < source.length; i++) {
    const value = source[i]!;
    const isNaN = (value & 0x7fffffff) > 0x7f800000;
    // A NaN whose fraction lies in the lower half alone would otherwise become infinite.
    out[i] = isNaN ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
}
