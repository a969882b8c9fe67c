// Checks that the readers of data sets share; each names file, line and what was expected.
import { invalidArgument } from "../../errors.js";
import { QUESTION_SLOT, splitAtQuestion } from "../../prompts/prompts.js";
import type { TrainingExample } from "../../examples/example.js";
import { bareToolName } from "../../tools/tool-name.js";
import { objectOf, recordInvalid, type SourceRecord } from "../../examples/records.js";
import { keepFloats } from "../../examples/numbers.js";

/** Whether a value is an object with all these fields. */
export function hasFields(value: unknown, ...names: readonly string[]): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    names.every((name) => Object.hasOwn(value, name))
  );
}

/** A field with a number or a text; numbers such as `12.0` stay as they are written. */
export function answerField(record: SourceRecord, name: string): number | string {
  const value = objectOf(record)[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  if (typeof value !== "number") throw recordInvalid(record.location, "a number or a text", name, value);
  return keepFloats(record)[name] as number | string;
}

/** A field with an integer from 0 on. */
export function indexField(record: SourceRecord, name: string): number {
  const value = objectOf(record)[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw recordInvalid(record.location, "an integer of 0 or more", name, value);
  }
  return value as number;
}

/** A field that must have one value: records of another data set stop here. */
export function constantField(record: SourceRecord, name: string, value: string): void {
  const found = objectOf(record)[name];
  if (found !== value) throw recordInvalid(record.location, JSON.stringify(value), name, found);
}

/** An array with numbers and texts; numbers such as `12.0` stay as they are written. */
export function valuesField(record: SourceRecord, name: string): (number | string)[] {
  const value = objectOf(record)[name];
  if (!Array.isArray(value) || !value.every((one) => typeof one === "number" || typeof one === "string")) {
    throw recordInvalid(record.location, "an array of numbers or texts", name, value);
  }
  return keepFloats(record)[name] as (number | string)[];
}

/** `people.person.gender` of `<people/person/gender>`: a name that tools may have. */
export function toolName(published: string): string {
  const bare = bareToolName(published).replace(/^\[(.*)\]$/u, "$1");
  const name = bare.replaceAll("/", ".").replaceAll(/[^A-Za-z0-9_.-]/g, "_");
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}

/**
 * Question and result in a general prompt: `Question: {question}\nAnswer: The answer is {result}`. The result
 * is a call's; where the question stands last, one space parts them.
 */
export function formExample(
  form: string,
  question: string,
  call: { readonly tool: string; readonly args: string; readonly result: string },
  record: SourceRecord,
): TrainingExample {
  const { before, after } = splitAtQuestion(form);
  const opening = before + question + after;
  const text = /\s$/.test(opening) ? opening : `${opening} `;
  const start = text.length;
  return {
    text: text + call.result,
    questionEnd: opening.length,
    calls: [{ ...call, start, end: start + call.result.length }],
    source: record.location,
  };
}

/** @throws `INVALID_ARGUMENT` */
export function checkForm(form: unknown): asserts form is string {
  if (typeof form !== "string" || form.split(QUESTION_SLOT).length !== 2) {
    throw invalidArgument(`a text with one ${QUESTION_SLOT}`, "form", form);
  }
}
