// Rows name the text that they come from, also where the texts have no ids of their own.
import { basename } from "node:path";
import type { TrainingExample } from "../../examples/example.js";

/** Own ids, else file and line, else the place among the texts; all different. */
export function exampleIds(examples: readonly TrainingExample[]): string[] {
  const taken = new Set(examples.flatMap(({ id }) => (id === undefined ? [] : [id])));
  return examples.map(({ id, source }, index) => {
    if (id !== undefined) return id;
    const place = source === undefined ? String(index) : `${basename(source.file)}:${source.line}`;
    let own = place;
    for (let n = 2; taken.has(own); n++) own = `${place} (${n})`;
    taken.add(own);
    return own;
  });
}
