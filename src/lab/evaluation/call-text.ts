// Predictions and gold answers keep calls as texts, `<power>(1.02, 31)=1.8476`; scoring compares tool and arguments.
import { Decimal } from "decimal.js";
import { bareToolName } from "../../tools/tool-name.js";

export interface WrittenCall {
  readonly tool: string;
  /** Arguments in one spelling (`1.02,31`); null where only the tool is named. */
  readonly args: string | null;
}

const CALL = /^\s*(<[^<>]+>|\[[^[\]]+\]|[^\s()<>[\]]+)\s*(?:\((.*)\)\s*(?:=[^()]*)?)?$/s;

/** @returns null for a text that is no call */
export function parseCall(text: string): WrittenCall | null {
  const match = CALL.exec(text);
  if (match === null) return null;
  const args = match[2];
  return { tool: bareToolName(match[1]!), args: args === undefined ? null : plainArguments(args) };
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?$/;

/** `1.50, $2 ` and `1.5,2` are the same arguments. */
function plainArguments(args: string): string {
  return args
    .split(",")
    .map((part) => {
      const plain = part.trim().replace(/^\$/, "");
      return NUMBER.test(plain) ? new Decimal(plain).toFixed() : plain;
    })
    .join(",");
}
