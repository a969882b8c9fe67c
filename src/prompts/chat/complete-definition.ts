type Schema = Readonly<Record<string, unknown>>;

/**
 * A tool's definition with a `type` and a `description` in every schema: some templates read both without asking
 * whether they are there.
 */
export function completeDefinition(definition: unknown): unknown {
  const tool = definition as {
    readonly function: { readonly description?: string; readonly parameters: Schema };
  };
  const { description = "", parameters } = tool.function;
  return { ...tool, function: { ...tool.function, description, parameters: completeSchema(parameters) } };
}

function completeSchema(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    return { type: "any", description: "" };
  const { properties, items } = schema as Schema;
  return {
    ...schema,
    type: typeOf(schema as Schema),
    description: (schema as Schema).description ?? "",
    ...(typeof properties === "object" && properties !== null
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, completeSchema(value)]),
          ),
        }
      : {}),
    ...(items === undefined ? {} : { items: completeSchema(items) }),
  };
}

/** One name: of several types the first that is not null, of an enumeration its values' type. */
function typeOf(schema: Schema): string {
  const { type, enum: values, const: only } = schema;
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return (type as unknown[]).map(String).find((name) => name !== "null") ?? "null";
  const value: unknown = only ?? (Array.isArray(values) ? values[0] : undefined);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return typeof value;
  const [alternative] =
    [schema.anyOf, schema.oneOf].find((list): list is unknown[] => Array.isArray(list)) ?? [];
  return typeof alternative === "object" && alternative !== null ? typeOf(alternative as Schema) : "any";
}
