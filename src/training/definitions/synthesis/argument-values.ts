import type { JsonSchema, Tool } from "../../../tools/index.js";
import { enumValues, propertiesOf } from "../tool-text.js";
import { identifierWords } from "../tool-words.js";

const MAX_DRAWN = 3;

/** Values by parameter name. */
export type DrawnArguments = Readonly<Record<string, string | number | boolean>>;

/**
 * Values for some parameters of a tool, from its examples, else from enums, defaults, ranges and formats of its
 * schema; parameters that say nothing of their values are left out.
 *
 * @param random numbers in [0, 1)
 */
export function drawArguments(tool: Tool, random: () => number): DrawnArguments {
  const { inputExamples = [], parameters } = tool;
  if (inputExamples.length > 0) {
    const { input } = pick(inputExamples, random);
    const plain = Object.entries(input).filter((entry): entry is [string, string | number | boolean] =>
      ["string", "number", "boolean"].includes(typeof entry[1]),
    );
    if (plain.length > 0) return Object.fromEntries(plain.slice(0, MAX_DRAWN));
  }
  if (parameters.kind === "positional") {
    const count = Math.min(Math.max(parameters.min, 1), MAX_DRAWN);
    return Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        parameters.names[i] ?? `number ${i + 1}`,
        2 + Math.floor(random() * 97),
      ]),
    );
  }
  const drawn: [string, string | number | boolean][] = [];
  for (const [name, schema] of Object.entries(propertiesOf(parameters.schema))) {
    const value = drawValue(name, schema, random);
    if (value !== undefined) drawn.push([name, value]);
  }
  while (drawn.length > MAX_DRAWN) drawn.splice(Math.floor(random() * drawn.length), 1);
  return Object.fromEntries(drawn);
}

/** `city: Porto, days: 3` */
export function argumentsText(values: DrawnArguments): string {
  return Object.entries(values)
    .map(([name, value]) => `${identifierWords(name)}: ${value}`)
    .join(", ");
}

function drawValue(
  name: string,
  schema: JsonSchema,
  random: () => number,
): string | number | boolean | undefined {
  const values = [...enumValues(schema), ...plainValues(schema.examples), ...plainValues([schema.default])];
  if (values.length > 0) return pick(values, random);
  const type = Array.isArray(schema.type) ? (schema.type as unknown[])[0] : schema.type;
  if (type === "integer" || type === "number") return drawNumber(schema, type === "integer", random);
  if (type !== "string") return undefined;
  const words = identifierWords(name).split(" ");
  const format = typeof schema.format === "string" ? schema.format : "";
  if (format === "date" || words.includes("date") || words.includes("day")) return pick(DATES, random);
  if (format === "time" || words.includes("time")) return pick(TIMES, random);
  if (format === "email" || words.includes("email")) return pick(EMAILS, random);
  if (words.some((word) => ["city", "location", "place", "town", "destination", "origin"].includes(word))) {
    return pick(CITIES, random);
  }
  if (words.includes("country")) return pick(COUNTRIES, random);
  if (words.includes("language")) return pick(LANGUAGES, random);
  if (words.includes("currency")) return pick(CURRENCIES, random);
  return undefined;
}

function drawNumber(schema: JsonSchema, integer: boolean, random: () => number): number {
  const low = typeof schema.minimum === "number" ? schema.minimum : 1;
  const high = typeof schema.maximum === "number" ? Math.min(schema.maximum, low + 1000) : low + 30;
  const value = low + random() * Math.max(0, high - low);
  return integer ? Math.round(value) : Math.round(10 * value) / 10;
}

function plainValues(values: unknown): string[] {
  if (!Array.isArray(values)) return [];
  return values.filter((value) => ["string", "number"].includes(typeof value) && value !== "").map(String);
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)]!;
}

const CITIES = [
  "Porto",
  "Leeds",
  "Nairobi",
  "Osaka",
  "Denver",
  "Lyon",
  "Tallinn",
  "Lima",
  "Perth",
  "Montreal",
];
const COUNTRIES = ["Portugal", "Kenya", "Japan", "Canada", "Peru", "Estonia", "India", "Norway"];
const LANGUAGES = ["French", "Spanish", "German", "Japanese", "Portuguese", "Swahili"];
const CURRENCIES = ["EUR", "USD", "GBP", "JPY", "CHF"];
const DATES = ["tomorrow", "next Friday", "March 14", "the 3rd of June", "this weekend", "October 21"];
const TIMES = ["8 am", "noon", "3:30 pm", "7 in the evening", "half past nine"];
const EMAILS = ["sam@example.com", "office@example.org", "lee.k@example.net"];
