// Options that heads, rerankers and features share.
import { z } from "zod";
import type { ModelIdentity } from "../model/facts.js";
import { nonEmptyString, value } from "../utils/option-fields.js";
import { defineOptions } from "../utils/options.js";
import type { HeadModelFacts } from "./model-identity.js";

export const forceField = z
  .boolean()
  .default(false)
  .describe("Take it for another file of the same model; never for another hidden size");

export const forField = value<ModelIdentity>("a model's identity", isObject)
  .optional()
  .describe("The model that it will be used with, which must be the one it was made with");

/** `assertFits` and `merge` */
export const fitOptions = defineOptions({ force: forceField });

/** `load` */
export const loadOptions = defineOptions({ for: forField, force: forceField });

/** `save` */
export const saveOptions = defineOptions({
  type: z
    .enum(["F32", "F16", "BF16"])
    .default("F32")
    .describe("Type of the weights; F16 and BF16 halve the file and round"),
});

/** `importHead` and `importReranker` */
export const importFields = {
  tools: value<readonly string[] | string>(
    "names or the path of a func_dict.json",
    (given) => typeof given === "string" || Array.isArray(given),
  )
    .optional()
    .describe("Names of the rows in their order, or a JSON file of them")
    .meta({
      more: 'The file holds `{ "<add>": 0, … }` (func_dict.json) or `["add", …]`; angle brackets are stripped.',
      defaultText: "the names in the file of weights",
    }),
  model: value<HeadModelFacts | null>("a model's identity", (given) => given === null || isObject(given))
    .optional()
    .describe("The model that the rows were trained on"),
  tensor: nonEmptyString()
    .optional()
    .describe('Which tensor, as "state_dict.W.weight", when the file has several matrices'),
};

function isObject(given: unknown): boolean {
  return typeof given === "object" && given !== null;
}
