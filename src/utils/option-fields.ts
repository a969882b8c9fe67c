// Fields that options of many functions have.
import { z } from "zod";

export const MAX_INT32 = 2 ** 31 - 1;

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
export function instance<T extends object>(
  type: Pick<NewableFunction, "name"> & { readonly prototype: T },
  what: string,
) {
  return value<T>(what, (given) => given instanceof (type as unknown as NewableFunction));
}

export function callback<T extends (...args: never[]) => unknown>() {
  return value<T>("a function", (given) => typeof given === "function");
}

/** What every long call takes. */
export const signalField = instance(AbortSignal, "an AbortSignal").optional().describe("Aborts the call");

export const threadsField = integerField(0, 1024)
  .optional()
  .describe(
    "CPU threads, never more than the CPUs that the process may use; 0: the physical cores among them",
  )
  .meta({ defaultText: "the physical cores" });

/** What a long call reports while it works. */
export interface Progress<Phase extends string = string> {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
}
