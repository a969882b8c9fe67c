// What a zod schema wants, in the library's wording: flags and experiment files are judged by such schemas.
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** `a number of at least 1`, for "Expected … for … but received …". */
export function wanted(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return `${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? `a non-empty ${issue.origin}`
        : `a number ${issue.inclusive === false ? "above" : "of at least"} ${issue.minimum}`;
    case "too_big":
      return `a number ${issue.inclusive === false ? "below" : "of at most"} ${issue.maximum}`;
    case "invalid_union":
      return [...new Set(issue.errors.map(([first]) => (first === undefined ? "" : wanted(first))))].join(
        " or ",
      );
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  number: "a number",
  int: "an integer",
  string: "a text",
  boolean: "true or false",
};
