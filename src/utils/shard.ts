import { integerField, value } from "./option-fields.js";

/** One of several equal parts of a job: items whose place leaves the remainder `index`, from 0, by `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const shardField = value<Shard>("{ index, count } with an index from 0 below the count", isShard)
  .optional()
  .describe("Only this part of the items, for jobs on several machines")
  .meta({ defaultText: "all items" });

export function inShard(shard: Shard | undefined, item: number): boolean {
  return shard === undefined || item % shard.count === shard.index;
}

const count = integerField(1);

function isShard(given: unknown): boolean {
  if (typeof given !== "object" || given === null) return false;
  const shard = given as Partial<Shard>;
  return (
    count.safeParse(shard.count).success && integerField(0, shard.count! - 1).safeParse(shard.index).success
  );
}
