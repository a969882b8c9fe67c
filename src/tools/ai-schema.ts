// Schemas of AI SDK (`jsonSchema()`, `zodSchema()`), known by a symbol, so that the package is not needed.

const BRAND = Symbol.for("vercel.ai.schema");

/** The part of AI SDK's Schema that tools use. */
export interface AiSchema<Output = unknown> {
  /** Only its type counts. */
  readonly _type: Output;
  readonly jsonSchema: unknown;
  readonly validate?: ((value: unknown) => unknown) | undefined;
}

interface AiValidation {
  readonly success: boolean;
  readonly value?: unknown;
  readonly error?: { readonly message: string };
}

export function isAiSchema(value: unknown): value is AiSchema {
  return typeof value === "object" && value !== null && BRAND in value && "jsonSchema" in value;
}

/** The schema's own validation, where it has one; returns the value that it makes. */
export async function validateAiSchema(
  { validate }: AiSchema,
  value: unknown,
): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  if (validate === undefined) return { value };
  const result = (await validate(value)) as AiValidation;
  return result.success ? { value: result.value } : { problem: result.error?.message ?? "not valid" };
}
