// An experiment file is read, its variables are filled in, and everything that does not fit is refused by its place.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { ToolkenError, expected } from "../../errors.js";
import { fileSystemError } from "../../utils/file-error.js";
import { didYouMean } from "../../utils/did-you-mean.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { wanted } from "../../utils/zod-issues.js";
import { modelName, TRAINED } from "./plan.js";
import { type ExperimentInput, type ExperimentSpec, specSchema } from "./spec.js";

const readSpecOptions = defineOptions({
  variables: z
    .record(z.string(), z.string())
    .optional()
    .describe("Values of `${name}` that win over the file's own"),
});
export type ReadSpecOptions = OptionsOf<typeof readSpecOptions>;

export interface ReadExperiment {
  readonly spec: ExperimentSpec & { readonly name: string };
  /** What relative paths start from: the file's folder, or the working directory. */
  readonly directory: string;
}

/**
 * Reads and checks an experiment: a JSON or YAML file, or the same as a value.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`; `FILE_INVALID` (not JSON or YAML, or what does not fit, with its place);
 * `INVALID_ARGUMENT` (the same for a value; a variable without a value; names that occur twice).
 */
export async function readExperiment(
  source: string | ExperimentInput,
  options: ReadSpecOptions = {},
): Promise<ReadExperiment> {
  const { variables = {} } = resolveOptions(readSpecOptions, options, "readExperiment");
  const isFile = typeof source === "string";
  const value = isFile ? await parseFile(source) : source;
  const where = isFile ? source : undefined;
  const filled = fillVariables(value, variables, where);
  const result = specSchema.safeParse(filled);
  if (!result.success) {
    // A mistyped key often leaves another one missing: the mistyped one is what has to be corrected.
    const { issues } = result.error;
    const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
    throw unfit(where, issueText(issue, filled));
  }
  const spec = result.data;
  refuseTwice(where, "models", spec.models.map(modelName));
  refuseTwice(
    where,
    "data",
    spec.data.map(({ name }) => name),
  );
  checkSources(where, spec);
  const name = spec.name ?? (isFile ? path.basename(source, path.extname(source)) : "experiment");
  return {
    spec: { ...spec, name },
    directory: isFile ? path.dirname(path.resolve(source)) : process.cwd(),
  };
}

async function parseFile(file: string): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (cause) {
    throw fileSystemError("read", file, cause);
  }
  // JSON is YAML as well; the parser refuses a key that stands twice, and says where.
  const document = parseDocument(content, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) throw unfit(file, error.message.split("\n")[0]!.replace(/:$/, ""), error);
  try {
    // Aliases may be used, but not to blow a small file up.
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    throw unfit(file, `${(cause as Error).message} (text that begins with * or & stands in quotes)`, cause);
  }
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function fillVariables(
  value: unknown,
  given: Readonly<Record<string, string>>,
  where: string | undefined,
): unknown {
  const own = (value as { variables?: Record<string, unknown> } | null)?.variables ?? {};
  const values = new Map<string, string>();
  for (const [name, one] of Object.entries(own)) {
    if (typeof one === "string" || typeof one === "number") values.set(name, String(one));
  }
  for (const [name, one] of Object.entries(given)) values.set(name, one);
  const fill = (part: unknown): unknown => {
    if (typeof part === "string") {
      return part.replaceAll(VARIABLE, (_, name: string) => {
        const found = values.get(name);
        if (found !== undefined) return found;
        const meant = didYouMean(name, values.keys());
        throw new ToolkenError("INVALID_ARGUMENT", `${place(where)}the variable ${name} has no value`, {
          hint: [meant, `Give it with --set ${name}=VALUE, or under variables.`].filter(Boolean).join(" "),
        });
      });
    }
    if (Array.isArray(part)) return part.map(fill);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, fill(one)]));
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { variables, ...rest } = value as Record<string, unknown>;
  const filled = fill(rest) as Record<string, unknown>;
  return variables === undefined ? filled : { ...filled, variables };
}

function issueText(issue: z.core.$ZodIssue, root: unknown): string {
  const at = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const name = at.replace(/^\./, "");
  if (issue.code === "unrecognized_keys") return name === "" ? issue.message : `${name}: ${issue.message}`;
  // One that stands for a list of one has no index in the file.
  const value = issue.path.reduce<unknown>(
    (part, key) =>
      typeof key === "number" && !Array.isArray(part)
        ? part
        : (part as Record<PropertyKey, unknown> | undefined)?.[key],
    root,
  );
  return expected(wanted(issue), name === "" ? "the experiment" : name, value);
}

function refuseTwice(where: string | undefined, list: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw unfit(where, expected("different names", list, twice));
}

/** What one entry alone can't tell: which keys belong together. */
function checkSources(where: string | undefined, spec: ExperimentSpec): void {
  for (const [i, data] of spec.data.entries()) {
    const at = `data[${i}]`;
    const pairs = [[at, data] as const, [`${at}.train`, data.train ?? {}] as const];
    for (const [name, { dataset, files }] of pairs) {
      if ((dataset === undefined) === (files === undefined)) continue;
      const missing = dataset === undefined ? "dataset" : "files";
      throw unfit(where, expected("dataset and files together", `${name}.${missing}`, undefined));
    }
    if (data.firstTools !== undefined && data.dataset === undefined) {
      throw unfit(where, expected("a data set", `${at}.dataset, whose firstTools are given,`, undefined));
    }
    const trained = spec.methods.find((method) => TRAINED.has(method) || method === "selection");
    if (trained !== undefined && data.dataset === undefined && data.train === undefined) {
      throw unfit(where, expected(`training texts for the method ${trained}`, `${at}.train`, undefined));
    }
  }
}

function unfit(where: string | undefined, message: string, cause?: unknown): ToolkenError {
  const code = where === undefined ? "INVALID_ARGUMENT" : "FILE_INVALID";
  return new ToolkenError(code, `${place(where)}${message}`, { cause });
}

function place(where: string | undefined): string {
  return where === undefined ? "" : `${where}: `;
}
