import { defineTool, type Tool } from "../../src/index.js";

const text = (description: string) => ({ type: "string", description }) as const;

export const tools: readonly Tool[] = [
  defineTool({
    name: "get_weather",
    description: "Weather of a city, now or on a day.",
    inputSchema: {
      type: "object",
      properties: { city: text("Name of the city"), day: { enum: ["today", "tomorrow"] } },
      required: ["city"],
      additionalProperties: false,
    },
    execute: ({ city, day = "today" }) => ({
      city,
      day,
      sky: "light rain",
      celsius: 9,
    }),
  }),
  defineTool({
    name: "set_alarm",
    description: "Sets an alarm.",
    inputSchema: {
      type: "object",
      properties: { time: { ...text("24-hour time, HH:MM"), pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" } },
      required: ["time"],
      additionalProperties: false,
    },
    execute: ({ time }) => `Alarm set for ${time}.`,
  }),
  defineTool({
    name: "convert_units",
    description: "Converts a quantity from one unit to another.",
    inputSchema: {
      type: "object",
      properties: { value: { type: "number" }, from: text("Unit"), to: text("Unit") },
      required: ["value", "from", "to"],
      additionalProperties: false,
    },
    execute: ({ value, from, to }) => convert(value, from, to),
  }),
];

/** In the unit of the table's first column, per unit. */
const UNITS: readonly [RegExp, number, string][] = [
  [/^(?:mi|miles?)$/u, 1.609344, "km"],
  [/^(?:km|kilomet(?:re|er)s?)$/u, 1, "km"],
  [/^(?:lbs?|pounds?)$/u, 0.45359237, "kg"],
  [/^(?:kgs?|kilograms?)$/u, 1, "kg"],
];

function convert(value: number, from: string, to: string): string {
  const [a, b] = [from, to].map((unit) => unit.toLowerCase().replaceAll(/°|degrees? ?/gu, ""));
  if (a!.startsWith("f") && b!.startsWith("c")) return `${((value - 32) / 1.8).toFixed(1)} °C`;
  const [source, target] = [a!, b!].map((unit) => UNITS.find(([pattern]) => pattern.test(unit)));
  if (source === undefined || target?.[2] !== source[2]) throw new Error(`Unknown units: ${from}, ${to}`);
  return `${((value * source[1]) / target[1]).toFixed(1)} ${to}`;
}

export interface Request {
  readonly content: string;
  /** Tools that it needs, and what of their input must match. */
  readonly needs: Readonly<Record<string, Readonly<Record<string, RegExp>>>>;
}

export const requests: readonly Request[] = [
  { content: "What is the weather like in Oslo right now?", needs: { get_weather: { city: /^oslo/iu } } },
  {
    content: "Will it rain in Lisbon tomorrow?",
    needs: { get_weather: { city: /^lisbon/iu, day: /^tomorrow$/u } },
  },
  { content: "Wake me at 7.", needs: { set_alarm: { time: /^07:00$/u } } },
  { content: "Set an alarm for half past six in the evening.", needs: { set_alarm: { time: /^18:30$/u } } },
  {
    content: "How many kilometres are 26 miles?",
    needs: { convert_units: { value: /^26$/u, from: /^mi/iu, to: /^k/iu } },
  },
  {
    content: "Convert 150 pounds to kilograms.",
    needs: { convert_units: { value: /^150$/u, from: /^(?:lb|pound)/iu, to: /^k/iu } },
  },
  {
    content: "What is 98.6 degrees Fahrenheit in Celsius?",
    needs: { convert_units: { value: /^98\.6$/u, from: /f/iu, to: /c/iu } },
  },
  {
    content: "Wake me at 6:15 and tell me whether it rains in Bergen.",
    needs: { set_alarm: { time: /^06:15$/u }, get_weather: { city: /^bergen/iu } },
  },
  { content: "Tell me a joke about cats.", needs: {} },
  { content: "Thank you, that was helpful!", needs: {} },
];
