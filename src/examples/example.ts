// A training text that no tokenizer has touched: readers produce it, alignment turns it into steps.
import { bareToolName } from "../tools/tool-name.js";
import { expected, ToolkenError } from "../errors.js";

/** One call in a text: the text holds its result where the call was. */
export interface TrainingCall {
  /** Bare tool name: `add`, never `<add>`. */
  readonly tool: string;
  /** Where the result begins in the text, in UTF-16 units. */
  readonly start: number;
  /** Where the result ends (exclusive), in UTF-16 units. */
  readonly end: number;
  /** Arguments as the source wrote them: `76, 18`. */
  readonly args: string;
  /** `text.slice(start, end)`. */
  readonly result: string;
}

/** A text with results in place of calls (arXiv 2305.11554, section 3.2), offsets in UTF-16 units. */
export interface TrainingExample {
  readonly text: string;
  /** In order of `start`, without overlap. */
  readonly calls: readonly TrainingCall[];
  readonly id?: string;
  /** Where the question ends and the answer begins; steps before it are left out by default. */
  readonly questionEnd?: number;
  /** The record that it was read from; not written back. */
  readonly source?: RecordLocation;
}

/** A record's place in a file; the line counts from 1 and is where the record begins. */
export interface RecordLocation {
  readonly file: string;
  readonly line: number;
}

/** A record that is well-formed but gives no training steps, and why. */
export interface TrainingProblem extends RecordLocation {
  readonly reason: string;
}

/** `data/train.jsonl:12`. */
export function locationText(location: RecordLocation): string {
  return `${location.file}:${String(location.line)}`;
}

/**
 * Checks a value from outside and returns it as an example (tool names bare, calls in order of `start`).
 * Unknown fields are ignored.
 *
 * @throws ToolkenError `RECORD_INVALID`: what was expected and received, with the location when given.
 */
export function validateExample(value: unknown, location?: RecordLocation): TrainingExample {
  const check = new Check(location);
  const record = check.object(value, "the record");
  const text = check.text(record.text, "text");
  const end = text.length;
  const calls = check
    .array(record.calls, "calls")
    .map((call, index) => validateCall(check, call, `calls[${String(index)}]`, text))
    .sort((a, b) => a.start - b.start);
  for (let i = 1; i < calls.length; i++) {
    if (calls[i]!.start < calls[i - 1]!.end) {
      throw check.error("calls whose results do not overlap", "calls", [calls[i - 1], calls[i]]);
    }
  }

  const questionEnd = record.questionEnd;
  if (questionEnd !== undefined) {
    const offset = check.offset(questionEnd, "questionEnd", text, 0, end);
    const first = calls[0];
    if (first !== undefined && first.start < offset) {
      throw check.error(`a result after questionEnd (${String(offset)})`, "calls[0].start", first.start);
    }
  }
  const { id } = record;
  const isId = (typeof id === "string" && id !== "") || Number.isSafeInteger(id);
  if (id !== undefined && !isId) throw check.error("a non-empty string", "id", id);
  return {
    text,
    calls,
    ...(id === undefined ? {} : { id: `${id as string | number}` }),
    ...(questionEnd === undefined ? {} : { questionEnd: questionEnd as number }),
    ...(location === undefined ? {} : { source: location }),
  };
}

function validateCall(check: Check, value: unknown, name: string, text: string): TrainingCall {
  const call = check.object(value, name);
  const tool = bareToolName(check.text(call.tool, `${name}.tool`));
  if (tool === "") throw check.error("a tool name", `${name}.tool`, call.tool);
  const start = check.offset(call.start, `${name}.start`, text, 0, text.length - 1);
  const end = check.offset(call.end, `${name}.end`, text, start + 1, text.length);
  const args = call.args;
  if (typeof args !== "string") throw check.error("a text", `${name}.args`, args);
  const result = text.slice(start, end);
  if (call.result !== result) {
    throw check.error(`the text at its offsets (${JSON.stringify(result)})`, `${name}.result`, call.result);
  }
  if (result.trim() === "") throw check.error("more than white space", `${name}.result`, result);
  return { tool, start, end, args, result };
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Field checks that name the record in their errors. */
class Check {
  constructor(private readonly location: RecordLocation | undefined) {}

  error(what: string, name: string, value: unknown): ToolkenError {
    const where = this.location === undefined ? "" : `${locationText(this.location)}: `;
    return new ToolkenError("RECORD_INVALID", where + expected(what, name, value));
  }

  object(value: unknown, name: string): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.error("an object", name, value);
    }
    return value as Record<string, unknown>;
  }

  array(value: unknown, name: string): unknown[] {
    if (!Array.isArray(value)) throw this.error("an array", name, value);
    return value;
  }

  text(value: unknown, name: string): string {
    if (typeof value !== "string" || value === "") throw this.error("a non-empty string", name, value);
    if (LONE_SURROGATE.test(value)) throw this.error("a text without lone surrogates", name, value);
    return value;
  }

  offset(value: unknown, name: string, text: string, least: number, most: number): number {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw this.error(`an integer from ${String(least)} to ${String(most)}`, name, value);
    }
    const offset = value as number;
    if (isLowSurrogate(text.charCodeAt(offset)) && offset > 0) {
      throw this.error("an offset between two characters", name, offset);
    }
    return offset;
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
