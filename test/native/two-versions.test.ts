// Two copies of the package in one process, as npm installs them for dependencies that want different versions.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import * as first from "../../src/index.js";
import { binaryCandidates, environment } from "../../src/native/locate.js";
import { packageFacts } from "../../src/native/root.js";
import { temporaryFolder } from "./sample.js";

type Library = typeof first;

/** A copy of this package with another version and a binary of its own. */
async function secondVersion(): Promise<Library> {
  const { root } = packageFacts();
  const folder = temporaryFolder();
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as object;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version: "0.0.1" }));
  cpSync(join(root, "dist", "src"), join(folder, "dist", "src"), { recursive: true });
  for (const name of ["node_modules", "models"])
    symlinkSync(join(root, name), join(folder, name), "junction");
  mkdirSync(join(folder, "build", "Release"), { recursive: true });
  cpSync(binaryCandidates(environment())[0]!.path, join(folder, "build", "Release", "toolken.node"));
  return (await import(pathToFileURL(join(folder, "dist", "src", "index.js")).href)) as Library;
}

async function answer({ loadModel, ToolHead, createEngine, mathTools }: Library): Promise<string> {
  await using model = await loadModel("nano", { threads: 1 });
  const head = await ToolHead.load("nano", { for: await model.identity() });
  await using engine = await createEngine(model, { head, tools: mathTools, parallel: 1 });
  return (await engine.generate({ prompt: "What is the sum of 13,289 and 7,899?" })).text;
}

test("both versions answer, one after the other and at once", async (t) => {
  const second = await secondVersion();
  t.not(second.createEngine, first.createEngine);
  const expected = await answer(first);
  t.regex(expected, /21188/u);
  t.is(await answer(second), expected);
  t.deepEqual(await Promise.all([answer(first), answer(second)]), [expected, expected]);
});

test("objects of the other version are refused by type, not by chance", async (t) => {
  const second = await secondVersion();
  const model = await first.loadModel("nano", { threads: 1 });
  t.teardown(() => model.dispose());
  const head = await second.ToolHead.load("nano");
  await t.throwsAsync(first.createEngine(model, { head: head, tools: first.mathTools }), {
    name: "ToolkenError",
    code: "INVALID_ARGUMENT",
  });
});
