// Where `$ref` leads: by JSON Pointer, `$anchor` or `$id`, within one schema (JSON Schema 2020-12 core, section 8.2).
import { isSchema, type JsonSchema, subschemas } from "./json-schema.js";

const ROOT = "toolken:/schema";

export class References {
  /** Schemas and anchors by absolute address. */
  readonly #targets = new Map<string, JsonSchema>();
  readonly #bases = new WeakMap<JsonSchema, string>();

  constructor(root: JsonSchema) {
    this.#targets.set(ROOT, root);
    const open: [JsonSchema, string][] = [[root, ROOT]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [schema, outer] = next;
      if (this.#bases.has(schema)) continue;
      const base = this.#register(schema, outer);
      this.#bases.set(schema, base);
      for (const inner of subschemas(schema)) if (isSchema(inner)) open.push([inner, base]);
    }
  }

  /** What a reference in `schema` leads to; undefined where it leads nowhere, or out of the schema. */
  resolve(schema: JsonSchema, reference: string): unknown {
    const address = join(this.#bases.get(schema) ?? ROOT, reference);
    if (address === undefined) return undefined;
    const known = this.#targets.get(address);
    if (known !== undefined) return known;
    const hash = address.indexOf("#");
    if (hash < 0) return undefined;
    const whole = this.#targets.get(address.slice(0, hash));
    const fragment = address.slice(hash + 1);
    if (whole === undefined || fragment === "") return whole;
    return fragment.startsWith("/") ? follow(whole, fragment) : undefined;
  }

  #register(schema: JsonSchema, outer: string): string {
    const { $id, id, $anchor, $dynamicAnchor } = schema;
    const own = [$id, id].find((one) => typeof one === "string");
    let base = outer;
    const address = own === undefined ? undefined : join(outer, own);
    if (address !== undefined) {
      this.#targets.set(address.replace(/#$/, ""), schema);
      if (!own!.startsWith("#")) base = address.replace(/#.*$/, "");
    }
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === "string") this.#targets.set(`${base}#${anchor}`, schema);
    }
    return base;
  }
}

function join(base: string, reference: string): string | undefined {
  if (reference.startsWith("#")) return `${base}${reference}`;
  try {
    return new URL(reference, base).href;
  } catch {
    return undefined;
  }
}

function follow(schema: JsonSchema, pointer: string): unknown {
  let target: unknown = schema;
  for (const step of pointer.split("/").slice(1)) {
    const key = decode(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) return undefined;
    target = (target as JsonSchema)[key];
  }
  return target;
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
