// Reads from a field's schema what a command line needs to know: kind, default, choices, description.
import { z } from "zod";
import type { Fields } from "../utils/options.js";

declare module "zod" {
  interface GlobalMeta {
    /** Heading of the flag in the help. */
    group?: string;
  }
}

export interface Flag {
  /** As in code: "maxTokens". */
  readonly key: string;
  /** As typed: "max-tokens". */
  readonly name: string;
  readonly kind: "boolean" | "number" | "text" | "list";
  readonly required: boolean;
  readonly description: string;
  readonly default: unknown;
  readonly defaultText: string | undefined;
  readonly choices: readonly string[] | undefined;
  readonly group: string;
  /** Other names as typed: "post-mine-top-k". */
  readonly aliases: readonly string[];
}

/** Fields of the library's options as flags under one heading. */
export function flagsUnder<Shape extends Fields>(group: string, fields: Shape): Shape {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, field.meta({ ...field.meta(), group })]),
  ) as Shape;
}

/** The flags of a schema, in its order. */
export function flagsOf(options: z.ZodObject): Flag[] {
  return Object.entries(options.shape).map(([key, field]) => readFlag(key, field as z.ZodType));
}

function readFlag(key: string, field: z.ZodType): Flag {
  let description = field.description;
  let meta = field.meta();
  let required = true;
  let defaultValue: unknown;
  let inner = field;
  for (;;) {
    description ??= inner.description;
    meta = { ...inner.meta(), ...meta };
    if (inner instanceof z.ZodDefault) {
      required = false;
      defaultValue = inner.def.defaultValue;
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodOptional) {
      required = false;
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in as z.ZodType;
    } else break;
  }
  return {
    key,
    name: kebabCase(key),
    kind: kindOf(inner),
    required,
    description: description ?? "",
    default: defaultValue,
    defaultText: meta.defaultText,
    choices: inner instanceof z.ZodEnum ? inner.options.map(String) : undefined,
    group: meta.group ?? "Options",
    aliases: (meta.aliases ?? []).map(kebabCase),
  };
}

function kindOf(schema: z.ZodType): Flag["kind"] {
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodArray) return "list";
  return acceptsNumber(schema) ? "number" : "text";
}

function acceptsNumber(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodUnion) {
    return (schema.options as readonly z.ZodType[]).some((option) => acceptsNumber(option));
  }
  return schema instanceof z.ZodNumber;
}

/** `maxTokens`, `max_tokens` and `max-tokens` are one name: "max-tokens"; `topKTools` is "top-k-tools". */
export function kebabCase(name: string): string {
  return name
    .replaceAll("_", "-")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}
