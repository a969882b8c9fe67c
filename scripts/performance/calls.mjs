// Sections about calls.
import { quoted, results } from "../figures.mjs";
import { K, has, picture, ratio } from "./tables.mjs";

export function firstCall() {
  const file = "first-call-smollm2.json";
  const title = "Time to the first call";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const counts = [4, 13, 50, 200, 1000, 10_000];
  const contenders = ["head", "node-llama-cpp", "in-context tools"];
  const table = (what, kind) => {
    const lines = [
      `| tools | ${contenders.map((name) => `${name}: ms | prompt tokens | KV cache, MB`).join(" | ")} |`,
      `| --- | ${contenders.map(() => "--- | --- | ---").join(" | ")} |`,
    ];
    for (const count of counts) {
      const at = `results/first ${what}, ${K(count)} tools, ${kind}`;
      if (!has(file, `${at}/measured/head/medianRate`)) continue;
      const cells = contenders.map((name) => {
        if (!has(file, `${at}/measured/${name}/medianRate`)) return "does not fit | – | –";
        return [
          quoted(`${file}:${at}/measured/${name}/medianRate|ms`, 0),
          quoted(`${file}:${at}/facts/${name}/promptTokens`, 0),
          quoted(`${file}:${at}/facts/${name}/kvBytes|MB`, 1),
        ].join(" | ");
      });
      lines.push(`| ${K(count)} | ${cells.join(" | ")} |`);
    }
    return lines.join("\n");
  };
  const ratioAt50 = "results/first call, 50 tools, cold/measured/node-llama-cpp/ratio";
  const sooner = has(file, ratioAt50)
    ? `At 50 tools the first call comes × ${quoted(`${file}:${ratioAt50}|inverse`, 1)} sooner than the first token of node-llama-cpp without a cache.`
    : "";
  const growth = (kind) => `results/first call, growth, ${kind}/measured/10,000 tools`;
  const grown = has(file, `${growth("cold")}/ratio`)
    ? `From 13 tools to 10,000, in turns and with the same tool called, the call comes ${ratio(file, growth("cold"))} as fast cold and ${ratio(file, growth("cached"))} warm.`
    : "";
  return `## ${title}

SmolLM2-135M Q4_1. The head's time is that of the whole call, arguments included; a baseline's is only that of its first token, the soonest that a call can begin. "In-context tools": the same tools as a list in the prompt through this package's API.

${picture("time-to-first-call", "Milliseconds to the first call against the number of tools")}

Cold:

${table("call", "cold")}

Warm, the same question again warm:

${table("call", "cached")}

To the end of 24 tokens of text, cold (with the head: the call, its result, and the text after it):

${table("answer", "cold")}

${[sooner, grown].filter((part) => part !== "").join("\n\n")}`;
}

const QWEN = [
  ["qwen05", "Qwen2.5-Coder-0.5B Q4_0"],
  ["qwen15", "Qwen2.5-Coder-1.5B Q4_0"],
];

export function conversationCall() {
  const title = "A call in a conversation";
  const there = QWEN.filter(([key]) => results(`conversation-call-${key}.json`) !== undefined);
  if (there.length === 0) return `## ${title}\n\nNot yet measured.`;
  const contenders = ["node-llama-cpp", "head", "no head, a call required"];
  const lines = there.flatMap(([key, model]) =>
    [10, 40].flatMap((count) => {
      const file = `conversation-call-${key}.json`;
      return [
        ["first of the arguments", "first"],
        ["whole call", "whole call"],
      ].flatMap(([name, short]) => {
        const at = `results/${name}, ${count} tools/measured`;
        if (!has(file, `${at}/head/medianRate`)) return [];
        const cells = contenders.map((one, i) => {
          const milliseconds = quoted(`${file}:${at}/${one}/medianRate|ms`, 0);
          return i === 0 ? milliseconds : `${milliseconds} (${ratio(file, `${at}/${one}`)})`;
        });
        return [`| ${model}, ${count} tools | ${short} | ${cells.join(" | ")} |`];
      });
    }),
  );
  return `## ${title}

Milliseconds from a user's request in a conversation to the first character of its call's arguments and to the whole call, greedy, two threads. The tools and the earlier turns, one of them with a call, are in the KV cache of every contender; the request is new. Ratios are of speed, against node-llama-cpp. It has its ChatML wrapper here: with the wrapper that it chooses by itself, these models write calls that it does not recognize. The head's choice is given, as the time does not depend on it.

| | to | ${contenders.join(" | ")} |
| --- | --- | --- | --- | --- |
${lines.join("\n")}`;
}

export function argumentDrafts() {
  const title = "Arguments";
  const files = [["smollm2", "SmolLM2-135M Q4_1"], ...QWEN].filter(
    ([key]) => results(`arguments-${key}.json`) !== undefined,
  );
  if (files.length === 0) return `## ${title}\n\nNot yet measured.`;
  const at = "results/arguments/measured";
  const lines = files.map(([key, model]) => {
    const file = `arguments-${key}.json`;
    const rate = (name) => quoted(`${file}:${at}/${name}/medianRate`, 1);
    return `| ${model} | ${rate("token by token")} | ${rate("with drafts")} | ${ratio(file, `${at}/with drafts`)} |`;
  });
  return `## ${title}

Tokens per second of a call's arguments in JSON under its schema, five parameters, values that stand in the request. What the grammar leaves no choice about, and what may be copied from the conversation, is drafted and verified in one decode; the arguments are those of greedy decoding token by token.

| | token by token | with drafts | |
| --- | --- | --- | --- |
${lines.join("\n")}`;
}

export function published() {
  const file = "published-smollm2.json";
  const title = "Compared with the reference implementation";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const at = "results/published loop";
  return `## ${title}

The published scripts run the whole text through the model again for every token (SmolLM2-135M ${results(file).model.quantization}). A faithful re-implementation of that way of working (\`bench/published\`, PyTorch ${results(file).results.find(({ name }) => name === "published loop")?.facts.rivalFacts.versions.torch ?? ""} and transformers, F32, the same weights dequantized) after the same prompt of ${quoted(`${file}:${at}/facts/promptTokens`, 0)} tokens writes ${quoted(`${file}:${at}/measured/published way/medianRate`, 2)} tokens per second, this package ${quoted(`${file}:${at}/measured/toolken/medianRate`, 0)}: ${ratio(file, `${at}/measured/toolken`)}. This package's rate counts the reading of the question; the steps after it are llama.cpp's own, at the rates and with the profile above.`;
}

export function reranker() {
  const title = "The reranker";
  const files = [
    ["rerank-nano.json", "nano Q8_0"],
    ["rerank-smollm2.json", "SmolLM2-135M Q4_1"],
  ].filter(([file]) => results(file) !== undefined);
  if (files.length === 0) return `## ${title}\n\nNot yet measured.`;
  const lines = files.map(([file, name]) => {
    const fact = (which, variant, digits) =>
      quoted(`${file}:results/rerank/facts/${which}/${variant}`, digits);
    const columns = ["documentation kept", "documentation computed again"].flatMap((variant) => [
      fact("addedMilliseconds", variant, 1),
      fact("rerankTokensDecoded", variant, 0),
    ]);
    return `| ${name} | ${columns.join(" | ")} |`;
  });
  return `## ${title}

Reranking latency until the first call: three candidates with a line of documentation each, another question each time. The documentation is cached by the set of candidates; uncached, every call has another set.

| | cached: ms per call | tokens decoded | uncached: ms per call | tokens decoded |
| --- | --- | --- | --- | --- |
${lines.join("\n")}`;
}
