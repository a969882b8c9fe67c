// Numbers and switches of engine and calls, which flags and experiment files share.
import { z } from "zod";
import { integerField } from "../utils/option-fields.js";

const share = z.number().min(0).max(1);

export const samplingFields = {
  temperature: z.number().min(0).max(100).default(0).describe("Sampling temperature; 0: greedy"),
  topK: integerField(1).default(40).describe("Sample from the k best candidates"),
  topP: share.default(1).describe("Nucleus sampling: the smallest set with this total probability; 1: off"),
  minP: share.default(0).describe("Drop candidates below this share of the best probability; 0: off"),
  repeatPenalty: z
    .number()
    .min(0.01)
    .max(100)
    .default(1)
    .describe("Divides positive and multiplies negative logits of recent tokens; 1: off"),
  repeatLastTokens: integerField(0).default(64).describe("Recent tokens that are penalized"),
  seed: integerField(0, Number.MAX_SAFE_INTEGER).default(0).describe("Seed of sampling"),
};

export const limitFields = {
  maxOutputTokens: integerField(1)
    .default(512)
    .describe("Maximum tokens of an answer")
    .meta({ more: "Tool results that are spliced into the text count." }),
  maxToolCalls: integerField(0)
    .default(16)
    .describe(
      "Maximum successful tool calls; after 16 failed ones tools are disabled for the rest of the run",
    ),
  maxArgumentTokens: integerField(1).default(96).describe("Maximum tokens of one call's input"),
};

export const rerankFields = {
  rerankWeight: share
    .default(1)
    .describe("Weight of the reranker's scores; the rest is that of the head's log-probabilities"),
};

export const engineFields = {
  constrainInput: z.boolean().default(true).describe("Decode arguments under the tool's grammar"),
  placement: z
    .enum(["auto", "graph", "host"])
    .default("auto")
    .describe("Where the head is computed: in llama.cpp's graph or on the host"),
  parallel: integerField(1, 64).default(4).describe("Runs that share each decode; more wait their turn"),
  batchInvariant: z
    .boolean()
    .default(false)
    .describe(
      "Make an answer independent of concurrent runs, to the last bit; slower with long prompts on a CPU",
    ),
};
