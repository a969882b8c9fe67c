// Flags of the commands that read stored runs or state how certain a figure is, each written once.
import { z } from "zod";

const RUNS = "Predictions";
const CERTAINTY = "Certainty";

export const referenceFlag = {
  reference: z
    .array(z.string().min(1))
    .optional()
    .describe("The data set: its reference answers and calls; may be given several times")
    .meta({ group: RUNS, defaultText: "what the predictions say", aliases: ["gold"] }),
};

/** `--k`, an integer from 1; may be given several times. */
export const toolCount = z.string().regex(/^[1-9]\d{0,8}$/, "an integer from 1");

export const bootstrapFlags = {
  resamples: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe("Samples of the bootstrap")
    .meta({ group: CERTAINTY }),
  confidence: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.95)
    .describe("Share of the samples in an interval")
    .meta({ group: CERTAINTY }),
  seed: z.int().min(0).default(0).describe("Of the bootstrap").meta({ group: CERTAINTY }),
};
