// Compiled validators of JSON Schemas in their own dialect; they have the last word on every keyword.
import { createRequire } from "node:module";
import type * as draft07 from "ajv";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import type * as draft2019 from "ajv/dist/2019.js";
import type * as draft2020 from "ajv/dist/2020.js";
import type ajvDraft04 from "ajv-draft-04";
import type ajvFormats from "ajv-formats";
import { ToolkenError } from "../../errors.js";
import { type JsonSchema, withoutNullable } from "./json-schema.js";
import { safePattern, withinValidationTime } from "./patterns.js";
import type { Problem } from "./problems.js";

type Dialect = "2020-12" | "2019-09" | "draft-07" | "draft-04";

/** Most compiled validators kept. */
const MAX_CACHED = 500;

/** Schemas whose text is longer are compiled without optimization, which takes longer than it saves. */
const MAX_OPTIMIZED = 50_000;

/** Longest string whose format is checked, in UTF-16 units: the format's expressions are foreign. */
const MAX_FORMATTED = 4096;

const OPTIONS: Options = {
  allErrors: true,
  strict: false,
  useDefaults: true,
  // A property may be named "constructor".
  ownProperties: true,
  logger: false,
  // Sums of decimal fractions: 19.99 is a multiple of 0.01.
  multipleOfPrecision: 8,
  code: { regExp: Object.assign((pattern: string) => safePattern(pattern), { code: "safePattern" }) },
};

type AjvClass = new (options: Options) => Ajv;

// Loaded by the first schema of a dialect: a third of what importing this package would cost.
const require = createRequire(import.meta.url);
const CLASSES: Readonly<Record<Dialect, () => AjvClass>> = {
  "2020-12": () => (require("ajv/dist/2020.js") as typeof draft2020).Ajv2020,
  "2019-09": () => (require("ajv/dist/2019.js") as typeof draft2019).Ajv2019,
  "draft-07": () => (require("ajv") as typeof draft07).Ajv,
  "draft-04": () => (require("ajv-draft-04") as typeof ajvDraft04).default,
};

const instances = new Map<Dialect, Ajv>();
const cache = new Map<string, Validator>();

/** Checks a value and fills in its schema's defaults; names every failing path, or returns undefined. */
export type Validator = (value: unknown) => readonly Problem[] | undefined;

/** @throws ToolkenError `INVALID_ARGUMENT` where the schema is none in any dialect */
export function compileValidator(schema: JsonSchema, name: string): Validator {
  try {
    const key = JSON.stringify(schema);
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const validator = validatorOf(
      compile(withoutNullable(schema) as JsonSchema, key),
      key.length > MAX_OPTIMIZED,
    );
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!);
    cache.set(key, validator);
    return validator;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("INVALID_ARGUMENT", `Expected a JSON Schema for ${name}: ${reason}`, { cause });
  }
}

function validatorOf(check: ValidateFunction, large: boolean): Validator {
  // The engine compiles a function at its first call, a large one in some of the first validation's time.
  if (large) succeeds(check, null);
  return (value) => {
    try {
      if (withinValidationTime(() => check(value))) return undefined;
    } catch (cause) {
      // What takes too long, or values deeper than the stack.
      return [
        { path: "", message: `can't be checked: ${cause instanceof Error ? cause.message : String(cause)}` },
      ];
    }
    return (check.errors ?? []).map(problemOf);
  };
}

function succeeds(check: ValidateFunction, value: unknown): boolean {
  try {
    return withinValidationTime(() => check(value));
  } catch {
    return false;
  }
}

/** The declared dialect, or the newest one that knows the schema's form; the first one's error where none does. */
function compile(schema: JsonSchema, text: string): ValidateFunction {
  const { $schema, ...rest } = schema;
  const declared = declaredDialect($schema);
  const dialects = new Set<Dialect>([declared, "2020-12", "2019-09", "draft-07", "draft-04"]);
  // Named parts would stay in a shared instance, and clash with those of other schemas.
  const large = text.length > MAX_OPTIMIZED;
  const shared = !large && !/"(?:\$?id|\$anchor|\$dynamicAnchor|\$recursiveAnchor)":/.test(text);
  let error: unknown;
  for (const dialect of dialects) {
    const ajv = shared ? sharedInstance(dialect) : instance(dialect, !large);
    try {
      const check = ajv.compile(rest);
      if ("$async" in check) throw new Error("schemas with $async give promises, not results");
      return check;
    } catch (cause) {
      error ??= cause;
    } finally {
      if (shared) ajv.removeSchema(rest);
    }
  }
  throw error;
}

function declaredDialect(uri: unknown): Dialect {
  const text = typeof uri === "string" ? uri : "";
  if (text.includes("2019-09")) return "2019-09";
  if (/draft-0[67]/.test(text)) return "draft-07";
  return /draft-0[34]/.test(text) ? "draft-04" : "2020-12";
}

function sharedInstance(dialect: Dialect): Ajv {
  const known = instances.get(dialect) ?? instance(dialect, true);
  instances.set(dialect, known);
  return known;
}

function instance(dialect: Dialect, optimize: boolean): Ajv {
  const ajv = new (CLASSES[dialect]())({ ...OPTIONS, code: { ...OPTIONS.code, optimize } });
  (require("ajv-formats") as typeof ajvFormats).default(ajv);
  for (const [name, format] of Object.entries(ajv.formats)) {
    if (format instanceof RegExp) {
      ajv.addFormat(name, (text: string) => text.length <= MAX_FORMATTED && format.test(text));
    }
  }
  return ajv;
}

function problemOf({ instancePath, keyword, message, params }: ErrorObject): Problem {
  const path = instancePath.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");
  const given = params as Record<string, unknown>;
  const detail: Record<string, unknown> = {
    enum: given.allowedValues,
    const: given.allowedValue,
    additionalProperties: given.additionalProperty,
    unevaluatedProperties: given.unevaluatedProperty,
    propertyNames: given.propertyName,
  };
  const shown = detail[keyword] === undefined ? "" : `: ${JSON.stringify(detail[keyword]).slice(0, 200)}`;
  return { path, message: `${message ?? "is not valid"}${shown}` };
}
