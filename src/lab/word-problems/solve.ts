import { calculate } from "./arithmetic.js";
import type { Quantities } from "./draws.js";
import { givesMoney, isMoney, toolName } from "./look-alikes.js";
import type { WordProblemCall } from "./problem.js";
import type { Story } from "./stories.js";

const MAX_RESULT_LENGTH = 14;

/** The calls with their results, or null when a result does not suit a story. */
export function solve(story: Story, quantities: Quantities, lookAlikes: boolean): WordProblemCall[] | null {
  const calls: WordProblemCall[] = [];
  const money: boolean[] = [];
  for (const { operator, args: names } of story.steps) {
    const earlier = names.map((name) => (name.startsWith("#") ? Number(name.slice(1)) - 1 : -1));
    const args = names.map((name, i) => calls[earlier[i]!]?.result ?? quantities[name]?.numeral ?? name);
    const ofMoney = names.map((name, i) => money[earlier[i]!] ?? isMoney(quantities[name]));
    money.push(givesMoney(operator, ofMoney));
    if (operator === "divide" && Number(args[1]) === 0) return null;
    const result = calculate(operator, args);
    if (Number(result) === 0 && operator !== "remainder") return null;
    if (result.length > MAX_RESULT_LENGTH) return null;
    const tool = toolName(operator, lookAlikes && money.at(-1)!);
    calls.push({ operator, tool, args, result });
  }
  return calls;
}
