// `toolken lab plot` in a process of its own: files, names per file, mistyped kinds.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { scratchFolder } from "../utils/scratch.js";
import { toolken } from "./spawn.js";

test("two runs with their names, in both themes", async (t) => {
  const folder = await scratchFolder(t);
  const paths = ["base", "head"].map((name) => join(folder, `${name}.jsonl`));
  for (const [place, path] of paths.entries()) {
    const line = { index: 0, question: "1+1?", generation: "", pred: String(1 + place), gold: 2 };
    await writeFile(path, `${JSON.stringify(line)}\n`);
  }
  const out = join(folder, "size.svg");
  const names = ["--method", "base", "--method", "head", "--model", "nano", "--parameters", "1.8e6"];
  const words = ["lab", "plot", "size", ...paths, ...names, "--theme", "both", "--out", out, "--json"];
  const { stdout, stderr, exitCode } = await toolken(words);
  t.is(stderr, "");
  t.is(exitCode, 0);
  const files = [join(folder, "size-light.svg"), join(folder, "size-dark.svg")];
  t.deepEqual(JSON.parse(stdout), { kind: "size", files });
  t.true((await readFile(files[0]!, "utf8")).includes(">nano (1.8M)<"));

  const uneven = await toolken([...words, "--method", "more"]);
  t.is(uneven.exitCode, 2);
  t.regex(uneven.stderr, /Expected one --method or 2, one per file, but received 3/);
});

test("a mistyped kind", async (t) => {
  const { stderr, exitCode } = await toolken(["lab", "plot", "calibratoin", "x.jsonl", "--out", "x.svg"]);
  t.is(exitCode, 2);
  t.regex(stderr, /Did you mean calibration\?/);
});
