// The data sets by name.
import { invalidArgument } from "../../errors.js";
import type { DataSet } from "./form.js";
import { funcqa } from "./funcqa.js";
import { gsm8k } from "./gsm8k.js";
import { gsm8kXl } from "./gsm8k-xl.js";
import { kamel } from "./kamel.js";
import { metatool } from "./metatool.js";
import { simpleToolQuestions } from "./simple-tool-questions.js";
import { virtualhome } from "./virtualhome.js";
import { asdiv, mawps, svamp } from "./word-problem-sets.js";

const DATA_SETS = [
  funcqa,
  gsm8k,
  gsm8kXl,
  virtualhome,
  kamel,
  metatool,
  simpleToolQuestions,
  asdiv,
  mawps,
  svamp,
] as const;

export type DataSetName =
  | "funcqa"
  | "gsm8k"
  | "gsm8k-xl"
  | "virtualhome"
  | "kamel"
  | "metatool"
  | "simpletoolquestions"
  | "asdiv"
  | "mawps"
  | "svamp";

/** What {@link prepareDataSet} reads. */
export const dataSetNames = DATA_SETS.map(({ name }) => name) as [DataSetName, ...DataSetName[]];

/** @throws ToolkenError `INVALID_ARGUMENT` */
export function dataSetNamed(name: string): DataSet {
  const found = DATA_SETS.find((one) => one.name === name);
  if (found === undefined) throw invalidArgument(`one of ${dataSetNames.join(", ")}`, "dataset", name);
  return found;
}
