// What a user does first, copied into an empty project and run there: load, answer with nano, train, load again.
// Prints one line of JSON. Run with --worker it is the thread of the third part.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { ToolHead, createEngine, diagnose, loadModel, mathTools, trainHead } from "@toolken/native";
import { generateWordProblems, trainingExample } from "@toolken/native/lab/word-problems";

const QUESTION = "What is the sum of 13,289 and 7,899?";

// Where a program can't start its own file (under qemu), a script that can takes its place.
if (process.env.VERIFY_NODE) process.execPath = process.env.VERIFY_NODE;

const TEXTS = Number(process.env.VERIFY_TEXTS ?? 20);

// Emulated threads that wait for each other by spinning take minutes.
const options = process.env.VERIFY_THREADS ? { threads: Number(process.env.VERIFY_THREADS) } : {};

if (isMainThread) await main();
else parentPort.postMessage(await answer());

async function main() {
  const { ok, versions, machine, devices, packages, advice } = await diagnose();
  if (!ok) throw new Error(JSON.stringify({ versions, machine, packages, advice }));
  const text = await answer();

  const folder = mkdtempSync(join(tmpdir(), "toolken a ü "));
  const model = await loadModel("nano", options);
  try {
    const examples = generateWordProblems({ count: TEXTS, seed: 1 }).map(trainingExample);
    const head = await trainHead(model, { examples, tools: mathTools });
    const path = join(folder, "head.safetensors");
    await head.save(path);
    await ToolHead.load(path, { for: await model.identity() });
  } finally {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  }

  // Two threads, each with its own environment, model and context in one process.
  const threads = await Promise.all([thread(), thread()]);
  if (threads.some((other) => other !== text)) throw new Error(`A thread answered ${threads.join(" | ")}`);
  console.log(
    JSON.stringify({
      node: process.version,
      platform: machine.platform,
      llama: versions.llama,
      devices: devices.map(({ name }) => name),
      text: text.trim(),
      threads: threads.length,
    }),
  );
}

async function answer() {
  const model = await loadModel("nano", options);
  const head = await ToolHead.load("nano", { for: await model.identity() });
  const engine = await createEngine(model, { head, tools: mathTools, parallel: 1 });
  try {
    if (!engine.headInGraph) throw new Error("the head is not in the graph");
    const { text } = await engine.generate({ prompt: QUESTION });
    if (!text.includes("21188")) throw new Error(`a wrong answer: ${text}`);
    return text;
  } finally {
    await engine.dispose();
    await model.dispose();
  }
}

function thread() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url));
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
