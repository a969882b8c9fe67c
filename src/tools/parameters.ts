// Three ways to say what a tool takes (numbers, JSON Schema, Standard Schema) become two shapes that the rest knows.
import type { Decimal } from "decimal.js";
import { z } from "zod";
import { invalidArgument, ToolkenError } from "../errors.js";
import { type AiSchema, isAiSchema, validateAiSchema } from "./ai-schema.js";
import type { FromSchema } from "./schema-types.js";
import { isSchema, type JsonSchema } from "./schema/json-schema.js";
import { type Problem, problemText } from "./schema/problems.js";
import { compileValidator } from "./schema/validator.js";
import { isStandardSchema, problemsOf, type StandardSchema } from "./standard-schema.js";

export type { JsonSchema };

const OBJECT_KEYWORDS = new Set(
  "$ref $dynamicRef allOf anyOf oneOf not if properties required additionalProperties patternProperties $schema".split(
    " ",
  ),
);

/**
 * Positional numbers, `divide(7, 2)`: how many (`2`), their names (`["dividend", "divisor"]`), or both.
 * In the long form `max` left out means no limit.
 */
export type PositionalDefinition =
  | number
  | readonly string[]
  | {
      readonly min: number;
      readonly max?: number | undefined;
      /** Names for descriptions; the last one stands for all that follow. */
      readonly names?: readonly string[] | undefined;
      /** `true`: `execute` gets exact `Decimal`s instead of numbers. Default `false`. */
      readonly exact?: boolean | undefined;
    };

/** What `defineTool` accepts as `inputSchema`: numbers, JSON Schema, Standard Schema, or AI SDK's schemas. */
export type ParametersDefinition =
  { readonly positional: PositionalDefinition } | JsonSchema | StandardSchema | AiSchema;

/** What `execute` gets for an input schema `P`. */
export type ArgumentsOf<P> = P extends { readonly _type: infer Output }
  ? Output
  : P extends (...args: never[]) => infer Made
    ? ArgumentsOf<Made>
    : P extends StandardSchema<infer Output>
      ? Output
      : P extends { readonly positional: { readonly exact: true } }
        ? Decimal[]
        : P extends { readonly positional: PositionalDefinition }
          ? number[]
          : string extends keyof P
            ? Record<string, unknown>
            : FromSchema<P> extends infer Input extends object
              ? Input
              : Record<string, unknown>;

export interface PositionalParameters {
  readonly kind: "positional";
  readonly min: number;
  /** `Infinity` for no limit. */
  readonly max: number;
  readonly names: readonly string[];
  readonly exact: boolean;
}

export interface ObjectParameters {
  readonly kind: "object";
  /** The JSON Schema of the arguments' text; `null` where the validator's library can't give one. */
  readonly schema: JsonSchema | null;
  /** Checks parsed JSON, fills in defaults; throws `TOOL_ARGUMENTS_INVALID`. */
  readonly validate: (value: unknown) => Promise<unknown>;
}

export type ToolParameters = PositionalParameters | ObjectParameters;

/** @throws ToolkenError `INVALID_ARGUMENT` */
export function readParameters(definition: unknown): ToolParameters {
  if (isStandardSchema(definition)) return standardParameters(definition);
  // AI SDK takes schemas that are made on demand.
  if (typeof definition === "function") return readParameters((definition as () => unknown)());
  if (isAiSchema(definition)) return aiParameters(definition);
  if (typeof definition !== "object" || definition === null || Array.isArray(definition)) {
    throw invalidArgument(
      '{ positional: … }, a JSON Schema of type "object", or a Standard Schema',
      "parameters",
      definition,
    );
  }
  if ("positional" in definition) {
    refuseOtherKeys(definition, ["positional"], "parameters");
    return positionalParameters(definition.positional);
  }
  return schemaParameters(definition as JsonSchema);
}

/**
 * The JSON Schema of any of the forms in which schemas come.
 * @throws ToolkenError `INVALID_ARGUMENT` where there is none
 */
export function readSchema(definition: unknown, name: string): JsonSchema {
  const schema = isStandardSchema(definition)
    ? jsonSchemaOf(definition)
    : isAiSchema(definition)
      ? definition.jsonSchema
      : definition;
  if (!isSchema(schema) || "then" in schema) throw invalidArgument("a JSON Schema", name, definition);
  return copy(schema);
}

function positionalParameters(definition: unknown): PositionalParameters {
  if (typeof definition === "number") {
    return positionalParameters({ min: definition, max: definition });
  }
  if (Array.isArray(definition)) {
    return positionalParameters({ min: definition.length, max: definition.length, names: definition });
  }
  if (typeof definition !== "object" || definition === null) {
    throw invalidArgument(
      "a count, names, or { min, max, names, exact }",
      "parameters.positional",
      definition,
    );
  }
  refuseOtherKeys(definition, ["min", "max", "names", "exact"], "parameters.positional");
  const { min, max = Infinity, names = [], exact = false } = definition as Record<string, unknown>;
  if (typeof min !== "number" || !Number.isSafeInteger(min) || min < 0) {
    throw invalidArgument("a whole number of 0 or more", "parameters.positional.min", min);
  }
  if (typeof max !== "number" || !(max === Infinity || Number.isSafeInteger(max)) || max < min) {
    throw invalidArgument(`a whole number of ${min} or more, or Infinity`, "parameters.positional.max", max);
  }
  if (!Array.isArray(names) || !names.every(isParameterName) || new Set(names).size !== names.length) {
    throw invalidArgument("different words", "parameters.positional.names", names);
  }
  if (names.length > max) {
    throw invalidArgument(`at most ${max} names`, "parameters.positional.names", names);
  }
  if (typeof exact !== "boolean") {
    throw invalidArgument("true or false", "parameters.positional.exact", exact);
  }
  return Object.freeze({ kind: "positional", min, max, names: Object.freeze([...names]), exact });
}

function isParameterName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name);
}

function standardParameters(schema: StandardSchema): ObjectParameters {
  const validate = async (value: unknown): Promise<unknown> => {
    const result = await schema["~standard"].validate(value);
    if (result.issues !== undefined) throw invalidArguments(problemsOf(result.issues));
    return result.value;
  };
  return Object.freeze({ kind: "object", schema: jsonSchemaOf(schema), validate });
}

/** The validator's own conversion (Standard JSON Schema, or zod 4's before it had that), or `null`. */
function jsonSchemaOf(schema: StandardSchema): JsonSchema | null {
  const { jsonSchema, vendor } = schema["~standard"];
  try {
    if (jsonSchema !== undefined) return jsonSchema.input({ target: "draft-2020-12" });
    if (vendor !== "zod" || !("_zod" in schema)) return null;
    return z.toJSONSchema(schema as unknown as z.ZodType, {
      io: "input",
      // Types without JSON (dates, maps, …): decoded as any JSON and validated afterwards.
      unrepresentable: "any",
    });
  } catch {
    return null;
  }
}

function aiParameters(schema: AiSchema): ObjectParameters {
  const given = schema.jsonSchema;
  const later = typeof given === "object" && given !== null && "then" in given;
  const own = later ? undefined : schemaParameters(given as JsonSchema);
  const validate = async (value: unknown): Promise<unknown> => {
    const checked = await (own ?? schemaParameters((await given) as JsonSchema)).validate(value);
    const result = await validateAiSchema(schema, checked);
    if ("problem" in result) throw invalidArguments([{ path: "", message: result.problem }]);
    return result.value;
  };
  return Object.freeze({ kind: "object", schema: own?.schema ?? null, validate });
}

function schemaParameters(schema: JsonSchema): ObjectParameters {
  if (!isOfObjects(schema)) {
    throw invalidArgument('a JSON Schema of type "object"', "parameters", schema, {
      hint: 'Positional numbers are { positional: 2 }; other parameters have "type": "object" and "properties".',
    });
  }
  const own = copy(schema);
  const check = compileValidator(own, "parameters");
  const validate = (value: unknown): Promise<unknown> => {
    const problems = isSchema(value) ? check(value) : [{ path: "", message: "must be object" }];
    return problems === undefined ? Promise.resolve(value) : Promise.reject(invalidArguments(problems));
  };
  return Object.freeze({ kind: "object", schema: own, validate });
}

/** A schema without a type is of objects where its keywords are, or refer to others. */
function isOfObjects(schema: JsonSchema): boolean {
  const { type } = schema;
  if (type !== undefined) return [type].flat().includes("object");
  const keywords = Object.keys(schema);
  return keywords.length === 0 || keywords.some((keyword) => OBJECT_KEYWORDS.has(keyword));
}

/** As JSON has it: a tool's schema comes from elsewhere, and a later change must not reach the tool. */
function copy(schema: JsonSchema): JsonSchema {
  try {
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("INVALID_ARGUMENT", `Expected a JSON Schema for parameters: ${reason}`, { cause });
  }
}

/** `problems` is a property of the error, for callers that show them one by one. */
export function invalidArguments(problems: readonly Problem[]): ToolkenError {
  return new ToolkenError("TOOL_ARGUMENTS_INVALID", `Invalid arguments: ${problemText(problems)}`, {
    facts: { problems },
  });
}

/** Misspelt keys would otherwise be options that silently do nothing. */
export function refuseOtherKeys(value: object, known: readonly string[], name: string): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new ToolkenError(
        "INVALID_ARGUMENT",
        `Expected only ${known.join(", ")} in ${name} but received ${key}`,
      );
    }
  }
}
