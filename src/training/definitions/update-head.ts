// Tools join and leave a head without solving the others again.
import { ToolkenError, invalidArgument, throwIfAborted } from "../../errors.js";
import { NO_TOOL } from "../../head/decision.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import { type Tool, toolSet } from "../../tools/index.js";
import { addRow } from "./add-row.js";
import { labelledStates } from "./labelled-states.js";
import { solveSettings, updateHeadOptions, type UpdateHeadOptions, type UpdateSettings } from "./options.js";
import { resolveOptions } from "../../utils/options.js";
import { type DecisionForm } from "../../prompts/decision-text.js";
import { readRequests } from "./synthesis/request-store.js";
import { realRequests } from "./train-definitions.js";
import { spreadTexts, trainingTexts } from "./training-texts.js";
import { writtenRequests } from "./written-requests.js";

/** Texts of other tools and of none that a new row is told apart from; more take time and change little. */
const MAX_OTHER_TEXTS = 3000;

/**
 * A head for changed tools: rows of tools that are gone are left out, each new tool gets a row of its own, and all
 * other rows stay as they are. A new row is the solution of the same convex problem with the other rows fixed. Give
 * the `states` folder and the `requests` of the training, so that only the new tools' texts are computed.
 *
 * @throws `INVALID_ARGUMENT` (a head that was not trained on definitions), `MODEL_MISMATCH`, and what
 * `trainOnDefinitions` throws.
 */
export async function updateHead(model: Model, head: ToolHead, given: UpdateHeadOptions): Promise<ToolHead> {
  const options = resolveOptions(updateHeadOptions, given, "updateHead");
  const { decision } = head;
  if (decision === null || !head.has(NO_TOOL)) {
    throw new ToolkenError(
      "INVALID_ARGUMENT",
      "Expected a head trained on definitions but received another",
      {
        hint: "Train it by trainHead(model, { tools }).",
      },
    );
  }
  head.assertFits(await model.identity());
  throwIfAborted(options.signal);
  const tools = [...toolSet(options.tools)];
  if (tools.length === 0) throw invalidArgument("at least one tool", "tools", options.tools);
  const names = tools.map(({ name }) => name);
  const rest = head.select([...names.filter((name) => head.has(name)), NO_TOOL]);
  if (tools.every(({ name }) => head.has(name))) return rest;
  return (await withNewTools(model, rest, tools, decision, options)).select([...names, NO_TOOL]);
}

async function withNewTools(
  model: Model,
  head: ToolHead,
  tools: readonly Tool[],
  form: DecisionForm,
  options: UpdateSettings,
): Promise<ToolHead> {
  const settings = solveSettings(options);
  const { threads, signal } = options;
  const isNew = new Set(tools.filter(({ name }) => !head.has(name)).map(({ name }) => name));
  const added = tools.filter(({ name }) => isNew.has(name));
  const written = await writtenRequests(model, added, form, { ...options, tools: added }, tools);
  const earlier = options.requests === undefined ? [] : await readRequests(options.requests);
  const all = trainingTexts({
    tools,
    synthetic: [...written.records, ...earlier.filter(({ tool }) => !isNew.has(tool))],
    real: await realRequests(options.data, tools),
    noTool: options.noTool,
    extraNoTool: options.extraNoTool,
    followUpSeed: form.form === "chat" ? settings.seed : undefined,
  });
  const ofNew = all.filter(({ target }) => isNew.has(tools[target]?.name ?? ""));
  const ofOthers = all.filter(({ target }) => !isNew.has(tools[target]?.name ?? ""));
  const texts = [...ofNew, ...spreadTexts(ofOthers, MAX_OTHER_TEXTS)];
  const labelled = await labelledStates(model, texts, { tools: tools.length, form, settings, options });
  let extended = head;
  for (const { name } of added) {
    const target = tools.findIndex((tool) => tool.name === name);
    extended = await addRow(extended, { name, target }, labelled, { ...settings, threads, signal });
  }
  return extended;
}
