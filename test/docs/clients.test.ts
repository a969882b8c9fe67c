// The examples of docs/clients.md run as they stand.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { models } from "../support/models.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

async function output(t: ExecutionContext, heading: string): Promise<string> {
  const page = await readFile(join(root, "docs", "clients.md"), "utf8");
  const section = page.split(`\n## ${heading}\n`)[1] ?? "";
  const example = /```js\n(.*?)```/su.exec(section)?.[1];
  t.truthy(example, `an example in the section ${heading}`);
  // Inside the package, so that it finds the package by its name.
  const folder = await mkdtemp(join(root, "dist", "clients-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "example.mjs"), example!);
  await symlink(models.nano, join(folder, "model.gguf"));
  return (await promisify(execFile)(process.execPath, ["example.mjs"], { cwd: folder })).stdout;
}

const EXAMPLES: readonly (readonly [string, RegExp])[] = [
  ["AI SDK", /^weather \{ city: '(?:Oslo|Paris)', sky: 'rain' \}/u],
  ["LangChain", /^weather rain in (?:Oslo|Paris)/u],
  ["Tools of MCP servers", /Allowed directories/u],
];
for (const [heading, printed] of EXAMPLES) {
  test.serial(heading, async (t) => {
    t.regex(await output(t, heading), printed);
  });
}
