// The README's example runs as it stands.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";

const root = fileURLToPath(new URL("../../", import.meta.url));
test("the example trains a head and answers with its tools", async (t) => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const example = /```js\n(.*?)```/su.exec(readme)?.[1];
  if (example === undefined) return t.fail("The README holds no example");
  // Inside the package, so that it finds itself by its name.
  const folder = await mkdtemp(join(root, "dist", "readme-"));
  try {
    await writeFile(join(folder, "example.mjs"), example);
    const { stdout } = await promisify(execFile)(process.execPath, ["example.mjs"], { cwd: folder });
    t.regex(stdout, /16951/u);
    t.regex(stdout, /toolName: 'multiply'/u);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
