// TypeScript's view of a JSON Schema that is written in the code: what `execute` gets.

/** The values that a literal JSON Schema describes; `unknown` where it says too little. */
export type FromSchema<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly anyOf: readonly (infer Choice)[] }
      ? FromSchema<Choice>
      : S extends { readonly oneOf: readonly (infer Choice)[] }
        ? FromSchema<Choice>
        : S extends { readonly type: readonly (infer Type)[] }
          ? FromType<Type, S>
          : S extends { readonly type: infer Type }
            ? FromType<Type, S>
            : unknown;

type FromType<Type, S> = Type extends "string"
  ? string
  : Type extends "number" | "integer"
    ? number
    : Type extends "boolean"
      ? boolean
      : Type extends "null"
        ? null
        : Type extends "array"
          ? S extends { readonly items: infer Item }
            ? FromSchema<Item>[]
            : unknown[]
          : Type extends "object"
            ? FromProperties<S>
            : unknown;

type FromProperties<S> = S extends { readonly properties: infer Properties }
  ? string extends keyof Properties
    ? Record<string, unknown>
    : Flat<
        { -readonly [Key in RequiredKeys<S, Properties>]: FromSchema<Properties[Key]> } & {
          -readonly [Key in Exclude<keyof Properties, RequiredKeys<S, Properties>>]?: FromSchema<
            Properties[Key]
          >;
        }
      >
  : Record<string, unknown>;

/** Required, or filled in by a default. */
type RequiredKeys<S, Properties> =
  | Extract<keyof Properties, S extends { readonly required: readonly (infer Key)[] } ? Key : never>
  | {
      [Key in keyof Properties]: Properties[Key] extends { readonly default: unknown } ? Key : never;
    }[keyof Properties];

type Flat<T> = { [Key in keyof T]: T[Key] };
