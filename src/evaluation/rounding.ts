// Predictions and gold answers compare after the same rounding that tool results get.
import { Decimal } from "decimal.js";
import { invalidArgument } from "../errors.js";

/**
 * The rounding rule of the FuncQA operators: 2 decimals; below 1 to 2 digits behind the leading zeros;
 * without trailing zeros or an exponent. Halves go away from zero.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for what is no finite number.
 */
export function roundAnswer(value: Decimal.Value): string {
  let number: Decimal;
  try {
    number = new Decimal(value);
  } catch (cause) {
    throw invalidArgument("a number", "value", value, { cause });
  }
  if (!number.isFinite()) throw invalidArgument("a finite number", "value", value);
  // The exponent of 0.00324 is -3: two leading zeros, so 2 + 2 decimals.
  const leadingZeros = number.isZero() || number.e >= 0 ? 0 : -number.e - 1;
  const rounded = number.toDecimalPlaces(leadingZeros + 2, Decimal.ROUND_HALF_UP);
  return rounded.isZero() ? "0" : rounded.toFixed();
}
