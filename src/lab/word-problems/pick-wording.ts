import { rephrase } from "./phrasing.js";
import type { WordProblemSplit } from "./options.js";
import { Random } from "./random.js";
import { stories } from "./stories.js";
import { choose } from "./wording.js";

/** A question's wording in the split, or null after 200 draws without one. */
export function pickWording(
  patterns: readonly string[],
  split: WordProblemSplit,
  random: Random,
): string | null {
  for (let tries = 0; tries < 200; tries++) {
    const pattern = random.pick(patterns);
    const wording = rephrase(choose(pattern, random), random);
    if (split === "unfamiliar") return wording;
    if ((split === "held-out") === isHeldOut(wording)) return wording;
  }
  return null;
}

/** One wording in eight, by a hash of its text (FNV-1a), so that the split of a wording never changes. */
function isHeldOut(wording: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < wording.length; i++) hash = Math.imul(hash ^ wording.charCodeAt(i), 0x01000193);
  return (hash >>> 16) % 8 === 0 && !rigidWordings().has(wording);
}

let rigid: ReadonlySet<string> | undefined;

/** The wordings of patterns with fewer than four: holding one out would leave too little training data. */
function rigidWordings(): ReadonlySet<string> {
  rigid ??= new Set(
    stories()
      .flatMap((story) => story.train.questions)
      .flatMap((pattern) => {
        const random = new Random(1);
        const drawn = new Set(Array.from({ length: 40 }, () => rephrase(choose(pattern, random), random)));
        return drawn.size < 4 ? [...drawn] : [];
      }),
  );
  return rigid;
}
