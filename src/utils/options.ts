// One schema per options object gives its type, defaults, checks, doc lines, flags and keys of experiment files.
import { z } from "zod";
import { ToolkenError, invalidArgument } from "../errors.js";
import { nearest } from "./did-you-mean.js";
import { schemaAt, wording } from "./schema-wording.js";

declare module "zod" {
  interface GlobalMeta {
    /** Other names of an option: those of the published programs, and former ones. */
    aliases?: readonly string[];
    /** What help shows as default, for one that is not a plain value. */
    defaultText?: string;
    /** What a reader of the API needs beyond the description. */
    more?: string;
  }
}

/** Options by name; each has a description of one line. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** The options of a schema, as a caller gives them. */
export type OptionsOf<Schema extends z.ZodType> = Readonly<z.input<Schema>>;

/** The same after defaults. */
export type ResolvedOptions<Schema extends z.ZodType> = Readonly<z.output<Schema>>;

/** An options object; unknown keys are rejected. */
export function defineOptions<Shape extends Fields>(shape: Shape) {
  return z.strictObject(shape);
}

/** Options that few callers need, as a part of their own: `advanced: advanced({ … })`. */
export function advanced<Shape extends Fields>(shape: Shape) {
  return z
    .strictObject(shape)
    .prefault({} as never)
    .describe("Expert options");
}

/**
 * Applies defaults and checks every value.
 *
 * @param owner the function that takes the options, for messages
 * @throws `INVALID_ARGUMENT` with `parameter`: an unknown option, or a value that does not fit.
 */
export function resolveOptions<Schema extends z.ZodObject>(
  schema: Schema,
  given: unknown,
  owner: string,
): ResolvedOptions<Schema> {
  const value = given ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalidArgument("an object", "options", given);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A misspelt key often leaves a required one missing; the misspelling is the mistake.
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown !== undefined) throw unknownOption(schema, unknown.path, unknown.keys[0]!, owner);
  const issue = issues[0]!;
  const parameter = issue.path.map(String).join(".");
  const received = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  const what = issue.code === "custom" ? issue.message : wording(schemaAt(schema, issue.path));
  throw invalidArgument(what, parameter, received, { facts: { parameter } });
}

/** "Did you mean validationSplit?" for `heldOut` or `validatonSplit`; options under `advanced` count too. */
export function meantOption(schema: z.ZodType, key: string): string | undefined {
  const names = new Map(optionNames(schema).flatMap(({ name, known }) => known.map((one) => [one, name])));
  const found = names.get(key) ?? names.get(nearest(key, names.keys()) ?? "");
  return found === undefined ? undefined : `Did you mean ${found}?`;
}

function unknownOption(
  schema: z.ZodObject,
  path: readonly PropertyKey[],
  key: string,
  owner: string,
): ToolkenError {
  const parameter = [...path, key].map(String).join(".");
  const hint = meantOption(schema, key);
  return new ToolkenError("INVALID_ARGUMENT", `${owner} has no option ${parameter}`, {
    ...(hint === undefined ? {} : { hint }),
    facts: { parameter },
  });
}

interface OptionName {
  readonly name: string;
  /** The name itself and its aliases. */
  readonly known: readonly string[];
}

function optionNames(schema: z.ZodType): OptionName[] {
  const object = withoutWrappers(schema);
  if (!(object instanceof z.ZodObject)) return [];
  return Object.entries(object.shape as Fields).flatMap(([key, field]) => [
    { name: key, known: [key, ...(metaOf(field).aliases ?? [])] },
    ...optionNames(field).map(({ name, known }) => ({ name: `${key}.${name}`, known })),
  ]);
}

/** Descriptions and other facts of a field, also of those beneath its default. */
export function metaOf(field: z.ZodType): z.core.GlobalMeta {
  let meta: z.core.GlobalMeta = { ...field.meta() };
  for (let inner = unwrapped(field); inner !== undefined; inner = unwrapped(inner)) {
    meta = { ...inner.meta(), ...meta };
  }
  return meta;
}

/** The default of a field, undefined when it has none. */
export function defaultOf<Field extends z.ZodType>(field: Field): z.output<Field> | undefined {
  for (let inner: z.ZodType | undefined = field; inner !== undefined; inner = unwrapped(inner)) {
    if (inner instanceof z.ZodDefault) return inner.def.defaultValue as z.output<Field>;
  }
  return undefined;
}

/** The defaults of fields, as an object; fields without one are left out. */
export function defaultsOf<Shape extends Fields>(shape: Shape): Defaults<Shape> {
  const entries = Object.entries(shape).map(([key, field]) => [key, defaultOf(field)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Defaults<Shape>;
}

export type Defaults<Shape extends Fields> = {
  readonly [Key in keyof Shape as Shape[Key] extends z.ZodDefault ? Key : never]: z.output<Shape[Key]>;
};

/** Those of the options that are among the fields. */
export function partOf<Shape extends Fields>(
  fields: Shape,
  options: { readonly [Key in keyof Shape]?: unknown } & z.output<z.ZodObject<Shape>>,
): z.output<z.ZodObject<Shape>> {
  const entries = Object.keys(fields).map((key) => [key, options[key as keyof typeof options]] as const);
  return Object.fromEntries(entries) as z.output<z.ZodObject<Shape>>;
}

/** The same fields without their defaults: what one entry of an experiment file may override. */
export function withoutDefaults<Shape extends Fields>(shape: Shape): WithoutDefaults<Shape> {
  return Object.fromEntries(
    Object.entries(shape).map(([key, field]) => {
      const inner = withoutWrappers(field);
      const { description } = metaOf(field);
      const optional = inner.optional();
      return [key, description === undefined ? optional : optional.describe(description)];
    }),
  ) as WithoutDefaults<Shape>;
}

export type WithoutDefaults<Shape extends Fields> = {
  [Key in keyof Shape]: Shape[Key] extends z.ZodDefault<infer Inner extends z.ZodType>
    ? z.ZodOptional<Inner>
    : Shape[Key] extends z.ZodOptional
      ? Shape[Key]
      : z.ZodOptional<Shape[Key]>;
};

export function withoutWrappers(field: z.ZodType): z.ZodType {
  let inner = field;
  for (let next = unwrapped(inner); next !== undefined; next = unwrapped(inner)) inner = next;
  return inner;
}

function unwrapped(field: z.ZodType): z.ZodType | undefined {
  return field instanceof z.ZodDefault || field instanceof z.ZodOptional || field instanceof z.ZodPrefault
    ? (field.def.innerType as z.ZodType)
    : undefined;
}
