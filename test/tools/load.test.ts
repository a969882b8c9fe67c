import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "ava";
import { executeTool, loadTools, mathTools } from "../../src/tools/index.js";

const library = new URL("../../src/tools/index.js", import.meta.url).href;
const define = (name: string): string =>
  `defineTool({ name: "${name}", description: "d", parameters: { positional: 1 }, execute: ([x]) => x })`;
const imports = `import { defineTool } from "${library}";\n`;

let directory: string;

test.before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "toolken-tools-"));
});

test.after.always(() => rm(directory, { recursive: true, force: true }));

async function write(name: string, source: string): Promise<string> {
  await writeFile(path.join(directory, name), source);
  return name;
}

test("the mathematical tools by their word", async (t) => {
  t.deepEqual(await loadTools("math"), [...mathTools]);
});

const loads = test.macro({
  async exec(t, file: string, source: string, names: string[]) {
    const tools = await loadTools(await write(file, source), { directory });
    t.deepEqual(
      tools.map((tool) => tool.name),
      names,
    );
    t.is((await executeTool(tools[0]!, "2")).text, "2");
  },
  title: (given) => `loads ${given ?? ""}`,
});

test("a default array", loads, "default.mjs", `${imports}export default [${define("a")}, ${define("b")}];`, [
  "a",
  "b",
]);
test("an array named tools", loads, "tools.mjs", `${imports}export const tools = [${define("a")}];`, ["a"]);
test(
  "named tools, and leaves other exports",
  loads,
  "named.mjs",
  `${imports}export const one = ${define("b")}; export const two = ${define("a")}; export const limit = 3;`,
  ["b", "a"],
);
test(
  "plain definitions",
  loads,
  "plain.mjs",
  'export default [{ name: "p", description: "d", parameters: { positional: 1 }, execute: ([x]) => x }];',
  ["p"],
);

test("several specs in order, each name once", async (t) => {
  const file = await write("more.mjs", `${imports}export default [${define("more")}];`);
  const tools = await loadTools(["math", file], { directory });
  t.is(tools.length, 14);
  t.is(tools.at(-1)!.name, "more");
  await t.throwsAsync(loadTools(["math", "math"]), { code: "INVALID_ARGUMENT", message: /add twice/ });
});

const refuses = test.macro({
  async exec(t, source: string, message: RegExp) {
    const file = await write(`refused-${String(message).replace(/\W/g, "")}.mjs`, source);
    await t.throwsAsync(loadTools(file, { directory }), { code: "FILE_INVALID", message });
  },
  title: (_, __, message) => `refuses a module: ${String(message)}`,
});

test(refuses, "export const x = 1;", /exports no tools/);
test(refuses, "export default [];", /no tools/);
test(refuses, "export default [", /does not load/);
test(refuses, 'throw new Error("boom");', /does not load: boom/);
test(refuses, "export default [3];", /default\[0\] of .* is not a tool/);
test(refuses, 'export const t = { name: "1 2", execute() {} };', /export t of .* is not a tool: .*for name/);

test("says which file is missing", async (t) => {
  await t.throwsAsync(loadTools("none.mjs", { directory }), { code: "FILE_NOT_FOUND", message: /none\.mjs/ });
  await t.throwsAsync(loadTools(".", { directory }), { code: "FILE_NOT_FOUND" });
  await t.throwsAsync(loadTools("", { directory }), { code: "INVALID_ARGUMENT" });
});
