// Requests of our own for four tools, so that selection can be tested without anybody's data set.
import type { ToolRequest } from "../../src/examples/requests.js";
import { seededRandom } from "../utils/scratch.js";

const PLACES = ["Oslo", "Lima", "Kyoto", "Accra", "Quito", "Perth", "Turin", "Bergen"];
const THINGS = [
  "a letter",
  "the minutes",
  "a recipe",
  "the menu",
  "a song",
  "the label",
  "a poem",
  "the sign",
];
const WORDINGS: Readonly<Record<string, (place: string, thing: string, number: number) => string>> = {
  weather: (place, _, n) => `Will it rain in ${place} within the next ${n} hours?`,
  translate: (place, thing) => `Say ${thing} in the language that people speak in ${place}.`,
  trains: (place, _, n) => `When does the next train leave for ${place} after ${n} o'clock?`,
  convert: (_, thing, n) => `How many grams are ${n} ounces of ${thing}?`,
};

export const requestTools = Object.keys(WORDINGS);

/** `count` requests in turns of the tools; equal seeds give equal requests. */
export function toolRequestsOf(count: number, seed = 1): ToolRequest[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const one = (list: readonly string[]): string => list[Math.floor(random() * list.length)]!;
    const tool = requestTools[index % requestTools.length]!;
    const question = WORDINGS[tool]!(one(PLACES), one(THINGS), 2 + Math.floor(random() * 20));
    return { id: `${seed}-${index}`, question, tool };
  });
}
