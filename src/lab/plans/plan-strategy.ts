import type { DecodingStrategy } from "../../generation/strategy.js";
import { checkForm, Plan, type PlanForm } from "./plan.js";
import { PlanRun } from "./plan-run.js";

/** A plan is longer than a text's calls. */
const MAX_PLAN_STEPS = 100;

/**
 * Decodes a plan: tools only, group by group.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for an invalid form.
 */
export function planStrategy(form: PlanForm): DecodingStrategy & { readonly form: PlanForm } {
  checkForm(form);
  return {
    form,
    maxCalls: MAX_PLAN_STEPS,
    prepare(question, head, tools) {
      const plan = Plan.of(form, question, head, tools);
      return (context, sequence, settings) => new PlanRun(context, sequence, settings, plan).events(question);
    },
  };
}
