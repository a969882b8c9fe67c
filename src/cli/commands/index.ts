// In the order of `toolken --help`.
import type { Command } from "../command.js";
import { annotateCommand } from "./annotate.js";
import { build } from "./build.js";
import { chatCommand } from "./chat.js";
import { demo } from "./demo.js";
import { diagnose } from "./diagnose.js";
import { doctor } from "./doctor.js";
import { evalCommand } from "./eval.js";
import { evalSelectionCommand } from "./eval-selection.js";
import { experimentCommand } from "./experiment.js";
import { generateWordProblemsCommand } from "./generate-word-problems.js";
import { headMerge, headRemove, headRename } from "./head-edit.js";
import { headShow } from "./head-show.js";
import { importCommand } from "./import.js";
import { inspect } from "./inspect.js";
import { mcpCommand } from "./mcp.js";
import { mergeCommand } from "./merge.js";
import { mineCommand } from "./mine.js";
import { plot } from "./plot.js";
import { prepare } from "./prepare.js";
import { pullCommand } from "./pull.js";
import { quantize } from "./quantize.js";
import { resultsCommand } from "./results.js";
import { run } from "./run.js";
import { scoreCommand } from "./score.js";
import { serveCommand } from "./serve.js";
import { trainCommand } from "./train.js";
import { trainHeadCommand } from "./train-head.js";
import { trainRerankerCommand } from "./train-reranker.js";
import { trainSelectionCommand } from "./train-selection.js";

export const commands: readonly Command[] = [
  run,
  chatCommand,
  serveCommand,
  mcpCommand,
  evalCommand,
  evalSelectionCommand,
  scoreCommand,
  diagnose,
  plot,
  inspect,
  trainCommand,
  trainHeadCommand,
  trainSelectionCommand,
  mineCommand,
  trainRerankerCommand,
  generateWordProblemsCommand,
  prepare,
  annotateCommand,
  experimentCommand,
  mergeCommand,
  resultsCommand,
  headShow,
  headRename,
  headRemove,
  headMerge,
  importCommand,
  pullCommand,
  quantize,
  demo,
  doctor,
  build,
];
