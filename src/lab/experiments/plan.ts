// Which cells an experiment has: models × data × methods, and for trained methods every combination of a sweep.
import path from "node:path";
import {
  type DataSpec,
  type ExperimentSpec,
  type Method,
  type ModelSpec,
  type SweepBlock,
  TRAINING_DEFAULTS,
  type TrainingSettings,
} from "./spec.js";

/** The settings that count for a training: those of the other solver are left out. */
export type RelevantTraining = Partial<TrainingSettings>;

/** One model with one method on one data set, trained with one combination of settings. */
export interface Cell {
  readonly model: ModelSpec & { readonly name: string };
  readonly data: DataSpec;
  readonly method: Method;
  /** null for methods without a training. */
  readonly training: RelevantTraining | null;
  /** The settings that the sweep varies, of this cell. */
  readonly swept: RelevantTraining;
}

export const TRAINED: ReadonlySet<Method> = new Set<Method>(["head", "reranker"]);

const OF_SOLVER: Readonly<Record<TrainingSettings["solver"], readonly (keyof TrainingSettings)[]>> = {
  lbfgs: ["l2", "maxIterations"],
  adam: ["lr", "epochs", "batchSize", "weightDecay"],
};

/** A model's name in tables: its own, or its file's without the ending. */
export function modelName(model: ModelSpec): string {
  return model.name ?? path.basename(model.path).replace(/\.gguf$/i, "");
}

/** Cells in order of models, so that each is loaded once; combinations that come to the same are one cell. */
export function planCells(spec: ExperimentSpec): Cell[] {
  const trainings = trainingsOf(spec);
  return spec.models.flatMap((given) => {
    const model = { ...given, name: modelName(given) };
    return spec.data.flatMap((data) =>
      [...new Set(spec.methods)].flatMap((method): Cell[] =>
        TRAINED.has(method)
          ? trainings.map(({ training, swept }) => ({ model, data, method, training, swept }))
          : [{ model, data, method, training: null, swept: {} }],
      ),
    );
  });
}

/** `head lr=0.001 solver=adam`: the method with what the sweep varies. */
export function cellTitle({ method, swept }: Pick<Cell, "method" | "swept">): string {
  return [method, ...Object.entries(swept).map(([name, value]) => `${name}=${value}`)].join(" ");
}

interface Training {
  readonly training: RelevantTraining;
  readonly swept: RelevantTraining;
}

function trainingsOf(spec: ExperimentSpec): Training[] {
  const base = { ...TRAINING_DEFAULTS, ...defined(spec.training) };
  const blocks: readonly SweepBlock[] = spec.sweep ?? [{}];
  const varied = variedNames(blocks);
  const trainings = new Map<string, Training>();
  for (const combination of blocks.flatMap(combinations)) {
    const training = relevant({ ...base, ...combination });
    const swept = Object.fromEntries(Object.entries(training).filter(([name]) => varied.has(name)));
    trainings.set(JSON.stringify(training), { training, swept });
  }
  return [...trainings.values()];
}

/** Names with more than one value over all blocks. */
function variedNames(blocks: readonly SweepBlock[]): Set<string> {
  const values = new Map<string, Set<unknown>>();
  for (const block of blocks) {
    for (const [name, given] of Object.entries(block)) {
      for (const value of given ?? []) values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  // A name that only some blocks have has its default in the others.
  const isPartial = (name: string): boolean => blocks.some((block) => !(name in block));
  return new Set([...values].filter(([name, { size }]) => size > 1 || isPartial(name)).map(([name]) => name));
}

function combinations(block: SweepBlock): RelevantTraining[] {
  let all: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(block)) {
    if (values !== undefined) all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return all;
}

function relevant(training: TrainingSettings): RelevantTraining {
  const others = OF_SOLVER[training.solver === "adam" ? "lbfgs" : "adam"] as readonly string[];
  const entries = Object.entries(training).filter(([name]) => !others.includes(name));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Without keys whose value is undefined, as a caller of the API may give them. */
export function defined<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
