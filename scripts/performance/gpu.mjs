// The section about GPUs.
import { quoted, results } from "../figures.mjs";
import { decimals, ratio } from "./tables.mjs";

export function gpu() {
  const cuda = "gpu-cuda.json";
  const software = "gpu-vulkan-software.json";
  const commands =
    "`python bench/gpu/run.py --architecture 90 --llama LLAMA --model MODEL.gguf --out FILE.json` builds the core and llama.cpp with CUDA for one compute capability and measures decoding, many sequences and the feature pass against llama.cpp's own loop on the same card and against what its memory bandwidth allows.";
  const measured = results(cuda) === undefined ? "CUDA: not yet measured." : gpuTable(cuda);
  const shown =
    results(software) === undefined
      ? ""
      : `That the same script and the same graph run on a device with memory of its own was checked on Vulkan's software device (${results(software).devices[0].description}); its speed says nothing about a card.\n\n${gpuTable(software)}`;
  return ["## GPU", commands, measured, shown].filter((part) => part !== "").join("\n\n");
}

function gpuTable(file) {
  const { measured } = results(file).results.find(({ name }) => name === "decode");
  return [
    "| decoding | tokens/s | against llama.cpp |",
    "| --- | --- | --- |",
    ...measured.map(
      ({ name, medianRate }) =>
        `| ${name} | ${quoted(`${file}:results/decode/measured/${name}/medianRate`, decimals(medianRate))} | ${ratio(file, `results/decode/measured/${name}`)} |`,
    ),
  ].join("\n");
}
