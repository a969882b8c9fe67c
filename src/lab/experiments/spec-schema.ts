// Short forms that an experiment file may use.
import { z } from "zod";
import { didYouMean } from "../../utils/did-you-mean.js";
import type { Fields } from "../../utils/options.js";

/** An object that rejects unknown keys and names the one that was meant. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      return issue.keys
        .map((key) => [`unknown key ${key}`, didYouMean(key, known)].filter(Boolean).join(". "))
        .join("; ");
    },
  });
}

/** A string alone stands for an object with that string under `key`. */
export function orText<Schema extends z.ZodType>(key: string, schema: Schema) {
  return z.preprocess((value) => (typeof value === "string" ? { [key]: value } : value), schema);
}

/** A value alone stands for a list of one. */
export function orOne<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(schema).min(1),
  );
}

/** One value or several of each field. */
export function severalOf<Shape extends Record<string, z.ZodOptional>>(shape: Shape): SeveralOf<Shape> {
  return Object.fromEntries(
    Object.entries(shape).map(([key, field]) => [key, orOne(field.unwrap() as z.ZodType).optional()]),
  ) as SeveralOf<Shape>;
}

type SeveralOf<Shape extends Fields> = {
  [Key in keyof Shape]: Shape[Key] extends z.ZodOptional<infer Inner extends z.ZodType>
    ? z.ZodOptional<ReturnType<typeof orOne<Inner>>>
    : never;
};
