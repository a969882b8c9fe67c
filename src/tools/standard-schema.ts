// A tool takes any validator that speaks Standard Schema (https://standardschema.dev), not one library's.
import type { Problem } from "./schema/problems.js";

/** The part of the Standard Schema v1 interface that tools use. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** The Standard JSON Schema extension, which newer libraries have. */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown> }
      | undefined;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as Record<string, unknown>)["~standard"] as
    Record<string, unknown> | null | undefined;
  return typeof standard === "object" && standard?.version === 1 && typeof standard.validate === "function";
}

export function problemsOf(issues: readonly StandardIssue[]): Problem[] {
  return issues.map(({ message, path = [] }) => ({
    path: path.map((step) => String(typeof step === "object" ? step.key : step)).join("."),
    message,
  }));
}
