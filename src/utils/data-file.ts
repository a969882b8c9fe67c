import { readFileSync } from "node:fs";

/** Parses a JSON file of the package, such as `new URL("./data/add.json", import.meta.url)`. */
export function readDataFile(url: URL): unknown {
  return JSON.parse(readFileSync(url, "utf8"));
}
