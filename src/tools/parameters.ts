// Why: three ways to say what a tool takes (numbers, JSON Schema, Standard Schema) become two shapes that the rest knows.
import type { Decimal } from "decimal.js";
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { invalidArgument, ToolkenError } from "../errors.js";
import { describeIssues, isStandardSchema, type StandardSchema } from "./standard-schema.js";

/** A JSON Schema of an object, draft 2020-12 or (with its `$schema`) draft-07. */
export type JsonSchema = Readonly<Record<string, unknown>>;

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

/** What `defineTool` accepts as `parameters`. */
export type ParametersDefinition =
  { readonly positional: PositionalDefinition } | JsonSchema | StandardSchema;

/** What `execute` gets for parameters `P`. */
export type ArgumentsOf<P> =
  P extends StandardSchema<infer Output>
    ? Output
    : P extends { readonly positional: { readonly exact: true } }
      ? Decimal[]
      : P extends { readonly positional: PositionalDefinition }
        ? number[]
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
    if (result.issues !== undefined) throw invalidArguments(describeIssues(result.issues));
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
    return z.toJSONSchema(schema as unknown as z.ZodType, { io: "input" });
  } catch {
    // Types without JSON (dates, maps, …): their arguments are decoded as any JSON and validated afterwards.
    return null;
  }
}

function schemaParameters(schema: JsonSchema): ObjectParameters {
  if (schema.type !== "object") {
    throw invalidArgument('a JSON Schema of type "object"', "parameters", schema, {
      hint: 'Positional numbers are { positional: 2 }; other parameters have "type": "object" and "properties".',
    });
  }
  let own: JsonSchema;
  let check: ValidateFunction;
  try {
    own = structuredClone(schema);
    check = compile(own);
    if ("$async" in check) throw new Error("schemas with $async give promises, not results");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("INVALID_ARGUMENT", `Expected a JSON Schema for parameters: ${reason}`, { cause });
  }
  const validate = (value: unknown): Promise<unknown> =>
    check(value)
      ? Promise.resolve(value)
      : Promise.reject(invalidArguments(describeErrors(check.errors ?? [])));
  return Object.freeze({ kind: "object", schema: own, validate });
}

/** Made at the first schema of a draft, since compiling a draft's metaschema takes milliseconds. */
const compilers: { draft07?: Compiler; draft2020?: Compiler } = {};

type Compiler = Pick<Ajv, "compile" | "removeSchema">;

function compile(schema: JsonSchema): ValidateFunction {
  const draft07 = typeof schema.$schema === "string" && schema.$schema.includes("draft-07");
  const ajv = draft07
    ? (compilers.draft07 ??= new Ajv(AJV_OPTIONS))
    : (compilers.draft2020 ??= new Ajv2020(AJV_OPTIONS));
  try {
    return ajv.compile(schema);
  } finally {
    // Another schema may have the same $id.
    ajv.removeSchema(schema);
  }
}

/** Formats are annotations, as JSON Schema 2020-12 has it by default. */
const AJV_OPTIONS: Options = {
  allErrors: true,
  strict: false,
  useDefaults: true,
  validateFormats: false,
  logger: false,
};

function describeErrors(errors: readonly ErrorObject[]): string {
  return errors
    .map(({ instancePath, message }) => {
      const place = instancePath.slice(1).replaceAll("/", ".");
      return `${place === "" ? "the arguments" : place} ${message ?? "are not valid"}`;
    })
    .join("; ");
}

function invalidArguments(reason: string): ToolkenError {
  return new ToolkenError("TOOL_ARGUMENTS_INVALID", `Invalid arguments: ${reason}`);
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
