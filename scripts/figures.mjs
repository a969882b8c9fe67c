// Figures in documents: where a number stands in the committed results, and how it is written.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "bench", "results");

/** What is written instead of the number itself. */
const TRANSFORMATIONS = {
  ms: (x) => 1000 / x, // of a rate per second
  s: (x) => 1 / x,
  MB: (x) => x / 1e6,
  GB: (x) => x / 1e9,
  percent: (x) => 100 * x,
  inverse: (x) => 1 / x,
};

const documents = new Map();

/** A file of bench/results; undefined where it is not there. */
export function results(file) {
  if (!documents.has(file)) {
    let document;
    try {
      document = JSON.parse(readFileSync(join(folder, file), "utf8"));
    } catch (error) {
      if (error.code !== "ENOENT") throw new Error(`${file}: ${error.message}`, { cause: error });
    }
    documents.set(file, document);
  }
  return documents.get(file);
}

/**
 * The value that a reference names: `file.json:path|transformation`. A path's parts are separated by `/`; in a list
 * a part is an index, or the `name` of an element. Throws where nothing is there.
 */
export function figure(reference) {
  const [, file, path, transformation] = /^([^:]+):([^|]+)(?:\|(.+))?$/u.exec(reference) ?? [];
  if (file === undefined) throw new Error(`Expected file.json:path but found "${reference}"`);
  let value = results(file);
  if (value === undefined) throw new Error(`There is no bench/results/${file}`);
  for (const part of path.split("/")) {
    value = Array.isArray(value)
      ? (value.find((element) => element?.name === part) ?? value[part])
      : value?.[part];
    if (value === undefined) throw new Error(`bench/results/${file} has no "${part}" of "${path}"`);
  }
  if (typeof value !== "number") throw new Error(`"${reference}" is no number but ${typeof value}`);
  if (transformation === undefined) return value;
  const transform = TRANSFORMATIONS[transformation];
  if (transform === undefined) throw new Error(`There is no transformation "${transformation}"`);
  return transform(value);
}

/** The number as it is written, with its reference after it. */
export function quoted(reference, digits) {
  return `${written(figure(reference), digits)}<!--${reference}-->`;
}

export function written(value, digits) {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Whether a number as written is the value, rounded to the decimals that are shown. */
export function holds(text, value) {
  const decimals = /\.(\d+)$/u.exec(text)?.[1].length ?? 0;
  const shown = Number(text.replaceAll(",", "").replace("−", "-"));
  return Math.abs(shown - value) <= 0.5 * 10 ** -decimals + 1e-9 * Math.abs(value);
}

/** A document without the comments that name where its figures stand. */
export function withoutReferences(text) {
  return text.replaceAll(/<!--[^>]+?\.json:[^>]+?-->/gu, "");
}
