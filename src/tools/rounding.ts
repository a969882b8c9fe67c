// Why: results are written into the text and compared with gold answers; both need one and the same rounding.
import type { Decimal } from "decimal.js";
import { invalidArgument } from "../errors.js";
import { decimalClass } from "./decimals.js";

/**
 * Writes a number as FuncQA's results are written: rounded (half away from zero) to 2 decimals, numbers
 * between -1 and 1 to 2 digits after the leading zeros; no trailing zeros, no exponent, never `-0`.
 *
 * `roundResult(569.9666)` is `"569.97"`, `roundResult(0.003912)` is `"0.0039"`.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for NaN, an infinity, or what is no number.
 */
export function roundResult(value: Decimal.Value): string {
  const number = toDecimal(value);
  if (number.isZero()) return "0";
  // 0.05 is 5e-2: one leading zero, so 3 decimals. From 0.1 on there are none.
  const leadingZeros = Math.max(0, -number.e - 1);
  const rounded = number.toDecimalPlaces(leadingZeros + 2, decimalClass().ROUND_HALF_UP);
  return rounded.toFixed();
}

function toDecimal(value: Decimal.Value): Decimal {
  let number: Decimal;
  try {
    number = new (decimalClass())(value);
  } catch (cause) {
    throw invalidArgument("a number", "value", value, { cause });
  }
  if (!number.isFinite()) throw invalidArgument("a finite number", "value", value);
  return number;
}
