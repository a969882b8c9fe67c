// llama.cpp's messages, for whoever asks for them.
import { invalidArgument } from "../errors.js";
import type { Addon } from "./addon.js";

/** The numbers of the native LogLevel. */
const LEVELS = { error: 1, warn: 2, info: 3, debug: 4 } as const;
export type LogLevel = keyof typeof LEVELS;

export interface LogEntry {
  readonly level: LogLevel;
  /** One line, without its end. */
  readonly message: string;
}

interface Listener {
  readonly level: LogLevel;
  readonly call: (entry: LogEntry) => void;
}

const listeners = new Set<Listener>();
let addon: Addon | undefined;

/**
 * Calls a function with every message of llama.cpp and its backends of at least this level ("error" is the least
 * detailed, "debug" the most), in this thread's turn of the event loop. Messages come from all models of the process.
 * Nothing is ever written to standard error, unless the environment variable TOOLKEN_LOG names a level.
 *
 * @returns a function that ends it
 * @throws ToolkenError `INVALID_ARGUMENT`
 */
export function onLog(
  listener: (entry: LogEntry) => void,
  { level = "warn" }: { readonly level?: LogLevel } = {},
): () => void {
  if (typeof listener !== "function") throw invalidArgument("a function", "listener", listener);
  if (!Object.hasOwn(LEVELS, level)) {
    throw invalidArgument(`one of ${Object.keys(LEVELS).join(", ")}`, "level", level);
  }
  const entry: Listener = { level, call: listener };
  listeners.add(entry);
  apply();
  return () => {
    if (listeners.delete(entry)) apply();
  };
}

/** From now on messages come from this addon. */
export function connectLog(to: Addon): void {
  addon = to;
  if (listeners.size > 0) apply();
}

function apply(): void {
  const most = Math.max(0, ...[...listeners].map(({ level }) => LEVELS[level]));
  addon?.setLog(most, most === 0 ? undefined : deliver);
}

function deliver(number: number, message: string): void {
  const level = (Object.keys(LEVELS) as LogLevel[]).find((name) => LEVELS[name] === number) ?? "info";
  for (const { level: wanted, call } of listeners) {
    if (LEVELS[wanted] >= number) call({ level, message });
  }
}
