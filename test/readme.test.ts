// The README's examples run as they stand, untranspiled.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { models } from "./support/models.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What an example prints; run inside the package, so that it finds the package by its name. */
async function output(t: ExecutionContext, heading: string, model?: string): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const section = readme.split(`\n## ${heading}\n`)[1] ?? "";
  const example = /```js\n(.*?)```/su.exec(section)?.[1];
  t.truthy(example, `an example in the section ${heading}`);
  const folder = await mkdtemp(join(root, "dist", "readme-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "example.mjs"), example!);
  if (model !== undefined) await symlink(model, join(folder, "model.gguf"));
  return (await promisify(execFile)(process.execPath, ["example.mjs"], { cwd: folder })).stdout;
}

test("a trained head answers with its tools", async (t) => {
  const stdout = await output(t, "A trained head");
  t.regex(stdout, /16951/u);
  t.regex(stdout, /toolName: 'multiply'/u);
});

test("own tools answer a conversation, on the embedded model and on a real one", async (t) => {
  for (const model of [models.nano, models.smollm2]) {
    if (model !== undefined) t.not((await output(t, "Your own tools", model)).trim(), "");
  }
});
