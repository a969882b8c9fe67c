/** A case's outcome, a line of the results. */
export interface Outcome {
  readonly model: string;
  readonly contender: string;
  readonly set: string;
  readonly id: string;
  readonly right: boolean;
  readonly mistake?: string | undefined;
  readonly promptTokens?: number;
  readonly seconds: number;
}

/** Right answers by model, set and contender, of all that it has answered and of those that every contender has. */
export function table(outcomes: readonly Outcome[]): string {
  const lines: string[] = [];
  for (const [model, ofModel] of groups(outcomes, ({ model: name }) => name)) {
    for (const [set, ofSet] of groups(ofModel, (one) => one.set)) {
      const contenders = groups(ofSet, ({ contender }) => contender);
      const shared = [...contenders.values()]
        .map((list) => new Set(list.map(({ id }) => id)))
        .reduce((a, b) => new Set([...a].filter((id) => b.has(id))));
      for (const [contender, list] of contenders) {
        const tokens = list.map(({ promptTokens }) => promptTokens ?? 0).sort((a, b) => a - b);
        const median = tokens[Math.floor(tokens.length / 2)] ?? 0;
        const ofShared = rightOf(list.filter(({ id }) => shared.has(id)));
        const read = median === 0 ? "" : `${median} tokens`;
        lines.push(`${model} | ${set} | ${contender} | ${rightOf(list)} | ${ofShared} | ${read}`);
      }
    }
  }
  return lines.join("\n");
}

function rightOf(outcomes: readonly Outcome[]): string {
  return `${outcomes.filter((one) => one.right).length} of ${outcomes.length}`;
}

function groups<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const result = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = result.get(key);
    if (list === undefined) result.set(key, [item]);
    else list.push(item);
  }
  return result;
}
