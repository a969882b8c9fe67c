// Tools of a data set are a module like anybody's tools, so that every command takes them.
import type { DataSet, LookupEntry } from "./form.js";

/** What a tool is known to answer. */
interface Lookup {
  /** Results by the entity asked about. */
  readonly entities: Record<string, string>;
  /** Questions whose entity the data set does not name, with their results. */
  readonly questions: [string, string][];
}

/** By tool; where an entity has several results, the first stands. */
export function lookupTable(entries: readonly LookupEntry[]): Record<string, Lookup> {
  const table = new Map<string, { entities: Map<string, string>; questions: [string, string][] }>();
  for (const { tool, entity, question, result } of entries) {
    const known = table.get(tool) ?? { entities: new Map<string, string>(), questions: [] };
    table.set(tool, known);
    if (entity !== undefined && !known.entities.has(entity)) known.entities.set(entity, result);
    if (question !== undefined) known.questions.push([question, result]);
  }
  return Object.fromEntries(
    [...table].map(([tool, { entities, questions }]) => [
      tool,
      { entities: Object.fromEntries(entities), questions },
    ]),
  );
}

/** An ES module beside `tools.json` (and `results.json`) that exports the tools. */
export function toolsModule(execution: Exclude<DataSet["execution"], "math">): string {
  return execution === "results" ? RESULTS_MODULE : FIXED_MODULE;
}

// One schema for all tools: a thousand compiled ones would take seconds to load.
const PARAMETERS = `const parameters = (schema, validate) => ({
  "~standard": { version: 1, vendor: "toolken", validate, jsonSchema: { input: () => schema, output: () => schema } },
});
`;

const FIXED_MODULE = `// The tools of tools.json; each writes its own result.
import { readFileSync } from "node:fs";

const { tools } = JSON.parse(readFileSync(new URL("tools.json", import.meta.url), "utf8"));

export default tools.map(({ name, description, result }) => ({ name, description, text: result }));
`;

const RESULTS_MODULE = `// The tools of tools.json; results.json holds what they answer.
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const results = read("results.json");

${PARAMETERS}const entityAlone = parameters(
  { type: "object", properties: { entity: { type: "string" } }, required: ["entity"], additionalProperties: false },
  (value) =>
    typeof value?.entity === "string" ? { value } : { issues: [{ message: "must be a text", path: ["entity"] }] },
);

// An entity that no training text asks about is looked for in this tool's questions; two different answers are none.
function lookUp(tool, entity) {
  const { entities = {}, questions = [] } = results[tool] ?? {};
  if (Object.hasOwn(entities, entity)) return entities[entity];
  const words = entity.trim();
  const asked = words === "" ? [] : questions.filter(([question]) => question.includes(words));
  const found = new Set(asked.map(([, result]) => result));
  if (found.size === 1) return [...found][0];
  throw new Error(\`\${tool} knows nothing of \${JSON.stringify(entity)}\`);
}

export default read("tools.json").tools.map(({ name, description }) => ({
  name,
  description,
  parameters: entityAlone,
  execute: ({ entity }) => lookUp(name, entity),
}));
`;
