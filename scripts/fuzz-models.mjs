// Loads thousands of damaged copies of nano and of a small SentencePiece model: each must load, or be refused with a
// typed error, and none may end the process. After `npm run build`:
//
//   node scripts/fuzz-models.mjs [mutations of each = 10000] [first = 0]
//
// A short run of the same is test/model/damaged.test.ts.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const count = Number(process.argv[2] ?? 10_000);
const first = Number(process.argv[3] ?? 0);
const { families, randomModel } = await import("../dist/test/families/families.js");
const folder = mkdtempSync(join(tmpdir(), "toolken-fuzz-"));
const pieces = join(folder, "sentencepiece.gguf");
writeFileSync(pieces, randomModel(families.find(({ title }) => title === "Mistral")).file);

let bad = 0;
const results = await Promise.all(
  [join(root, "models", "nano", "nano-Q8_0.gguf"), pieces].map((path) => fuzz(path)),
);
for (const [path, counts] of results) console.log(path, JSON.stringify(counts));
process.exitCode = bad === 0 ? 0 : 1;

/** Goes on after a mutation that ended the process. */
async function fuzz(path) {
  const counts = {};
  for (let next = first; next < first + count;) {
    const { done, code, complaint } = await run(path, next, first + count);
    for (const line of done) {
      const [seed, outcome] = line.split(" ");
      next = Number(seed) + 1;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (!["loaded", "MODEL_LOAD_FAILED", "FILE_INVALID"].includes(outcome)) {
        bad++;
        console.log(`${path} mutation ${seed}: ${outcome}`);
      }
    }
    if (code !== 0) {
      bad++;
      console.log(`${path} mutation ${next} ended the process (${code}): ${complaint}`);
      next++;
    }
  }
  return [path, counts];
}

function run(path, from, to) {
  return new Promise((resolve) => {
    const program = join(root, "dist", "test", "model", "damaged-program.js");
    const child = spawn(process.execPath, [program, path, String(from), String(to)], {
      env: { ...process.env, XDG_CACHE_HOME: folder, GGML_NO_BACKTRACE: "1" },
    });
    let output = "";
    let complaint = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (complaint = (complaint + text).slice(-500)));
    child.on("close", (code, signal) => {
      const done = output.split("\n").filter((line) => line.includes(" ") && !line.endsWith(" "));
      resolve({ done, code: signal ?? code, complaint: complaint.trim().split("\n").at(-1) });
    });
  });
}
