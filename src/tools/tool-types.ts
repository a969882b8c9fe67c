// What a set of tools means to the compiler: inputs and outputs by name.
import type { ArgumentsOf } from "./parameters.js";
import type { ResultOf, Tool } from "./tool.js";

/** The input that a tool's `execute` gets; of {@link Tool}s and AI SDK's tools. */
export type InputOf<T> =
  T extends Tool<string, infer Input>
    ? Input
    : T extends { readonly execute: (input: infer Input, ...rest: never[]) => unknown }
      ? Input
      : T extends { readonly inputSchema: infer Schema }
        ? ArgumentsOf<Schema>
        : unknown;

/** What comes of a call; `never` for tools without `execute`. */
export type OutputOf<T> =
  T extends Tool<string, unknown, infer Output>
    ? Output
    : T extends { readonly execute: (...args: never[]) => infer Returned }
      ? ResultOf<Returned>
      : never;

/** Tools by name, whether given as a list or by name. */
export type ToolSetOf<T> =
  T extends Iterable<infer One extends Tool>
    ? { readonly [Each in One as Each["name"]]: Each }
    : { readonly [Name in keyof T & string]: T[Name] };

/** A call of one of the tools, told apart by `toolName`. */
export type ToolCallOf<T> = {
  readonly [Name in keyof ToolSetOf<T> & string]: {
    readonly toolName: Name;
    readonly input: InputOf<ToolSetOf<T>[Name]>;
  };
}[keyof ToolSetOf<T> & string];

/** A result of one of the tools, told apart by `toolName`. */
export type ToolResultOf<T> = {
  readonly [Name in keyof ToolSetOf<T> & string]: {
    readonly toolName: Name;
    readonly input: InputOf<ToolSetOf<T>[Name]>;
    readonly output: OutputOf<ToolSetOf<T>[Name]>;
  };
}[keyof ToolSetOf<T> & string];
