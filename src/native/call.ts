// Turns native rejections into ToolkenErrors and abort signals into native cancel flags.
import { ToolkenError, abortError, throwIfAborted, type ToolkenErrorCode } from "../errors.js";
import type { Addon, NativeCancel } from "./addon.js";

const IO_HINT =
  "Free space on this disk or choose a folder that can be written; TMPDIR names the one of temporary files.";

/** A native error carries a `code` of ToolkenErrorCode; anything else is a bug and becomes `INTERNAL`. */
export function fromNative(error: unknown, hint?: string): ToolkenError {
  if (error instanceof ToolkenError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const advice = hint ?? (code === "IO" ? IO_HINT : undefined);
  return new ToolkenError(
    typeof code === "string" ? (code as ToolkenErrorCode) : "INTERNAL",
    typeof message === "string" ? message : String(error),
    { cause: error, ...(advice === undefined ? {} : { hint: advice }) },
  );
}

/** A synchronous native call with its errors translated. */
export function callNative<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
}

/** A long native call that the signal aborts; rejects with `ABORTED` and the signal's reason as cause. */
export async function callNativeAsync<T>(
  addon: Addon,
  signal: AbortSignal | undefined,
  call: (cancel: NativeCancel) => Promise<T>,
  hint?: string,
): Promise<T> {
  throwIfAborted(signal);
  const cancel = new addon.Cancel();
  const abort = (): void => {
    cancel.cancel();
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await call(cancel);
  } catch (error) {
    if (signal?.aborted === true) throw abortError(signal);
    throw fromNative(error, hint);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
