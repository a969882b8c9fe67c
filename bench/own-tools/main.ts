// What models do with ten everyday requests and three tools, without a head:
// node dist/bench/own-tools/main.js --model a.gguf b.gguf --completion b.gguf --out FILE.json
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import yargs from "yargs";
import { createEngine, type GenerateResult, loadModel } from "../../src/index.js";
import { environmentOf } from "../report.js";
import { type Request, requests, tools } from "./requests.js";

interface Outcome {
  readonly request: string;
  readonly calls: readonly string[];
  readonly errors: readonly string[];
  readonly text: string;
  readonly finishReason: string;
  /** Exactly the tools that the request needs were called. */
  readonly rightTools: boolean;
  /** So they were, with the right input. */
  readonly rightInput: boolean;
  readonly seconds: number;
}

const flags = await yargs(process.argv.slice(2))
  .option("model", { type: "string", array: true, demandOption: true, describe: "GGUF files" })
  .option("completion", { type: "string", array: true, default: [], describe: "Those that continue a text" })
  .option("threads", { type: "number", default: 0, describe: "0: physical cores" })
  .option("out", { type: "string", demandOption: true, describe: "Raw results (JSON)" })
  .strict()
  .parse();

const done: Record<string, unknown> = existsSync(flags.out)
  ? (JSON.parse(await readFile(flags.out, "utf8")) as { models: Record<string, unknown> }).models
  : {};
for (const path of flags.model) {
  if (basename(path) in done) continue;
  await using model = await loadModel(path, { gpu: "cpu", threads: flags.threads });
  await using engine = await createEngine(model, {
    tools,
    parallel: 1,
    contextSize: 4096,
    threads: flags.threads,
  });
  const asText = (flags.completion as string[]).includes(path);
  const outcomes: Outcome[] = [];
  for (const request of requests) {
    const start = performance.now();
    const { content } = request;
    const given = asText ? { prompt: content } : { messages: [{ role: "user", content }] };
    const result = await engine.generate({ ...given, maxOutputTokens: 80, maxSteps: 4 });
    outcomes.push(outcomeOf(request, result, (performance.now() - start) / 1000));
    console.log(basename(path), JSON.stringify(outcomes.at(-1)));
  }
  done[basename(path)] = { form: asText ? "text to continue" : "conversation", outcomes };
  const around = await environmentOf(model);
  await writeFile(flags.out, `${JSON.stringify({ ...around, models: done }, null, 2)}\n`);
}

function outcomeOf({ content, needs }: Request, result: GenerateResult, seconds: number): Outcome {
  const { toolCalls, toolErrors, text, finishReason } = result;
  const called = new Set(toolCalls.map(({ toolName }) => toolName));
  const names = Object.keys(needs);
  const rightTools = names.length === called.size && names.every((name) => called.has(name));
  const isRight = (name: string): boolean =>
    toolCalls.some(
      ({ toolName, input }) =>
        toolName === name &&
        Object.entries(needs[name]!).every(([key, pattern]) =>
          pattern.test(String((input as Record<string, unknown>)[key])),
        ),
    );
  return {
    request: content,
    calls: toolCalls.map(({ toolName, inputText }) => `${toolName} ${inputText}`),
    errors: toolErrors.map(({ toolName, inputText, code }) => `${code} ${toolName} ${inputText}`),
    text,
    finishReason,
    rightTools,
    rightInput: rightTools && names.every(isRight),
    seconds,
  };
}
