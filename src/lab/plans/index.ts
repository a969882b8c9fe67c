export type { PlanForm } from "./plan.js";
export { planStrategy } from "./plan-strategy.js";
