// Fields that options of many functions have.
import { z } from "zod";

const MAX_INT32 = 2 ** 31 - 1;

/** An integer that fits the native side. */
export function integerField(min: number, max = MAX_INT32) {
  return z.int().min(min).max(max);
}

export function nonEmptyString() {
  return z.string().min(1);
}

/** A value that only a function of the caller's type can check. @param what "a tool head" */
export function value<T>(what: string, check: (given: unknown) => boolean = () => true) {
  return z.custom<T>(check, { error: what });
}

/** An instance of a class of this library. @param what "a tool head" */
export function instance<T>(constructor: abstract new (...args: never[]) => T, what: string) {
  return value<T>(what, (given) => given instanceof constructor);
}

export function callback<T extends (...args: never[]) => unknown>() {
  return value<T>("a function", (given) => typeof given === "function");
}

/** What every long call takes. */
export const signalField = instance(AbortSignal, "an AbortSignal").optional().describe("Aborts the call");
