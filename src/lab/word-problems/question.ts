import type { Quantities } from "./draws.js";
import { show, type NumberStyle } from "./number-style.js";
import type { Random } from "./random.js";
import { sentences, type Split } from "./sentences.js";
import { choose, fill, tidy } from "./wording.js";
import type { Words } from "./words.js";

/** The question with its slots filled, sometimes with a distraction or a request added. */
export function fillQuestion(
  wording: string,
  split: Split,
  random: Random,
  words: Words,
  quantities: Quantities,
  style: NumberStyle,
): string {
  let text = wording;
  if (random.chance(0.18)) {
    const distraction = choose(random.pick(sentences().distractions[split]), random);
    const lastSentence = text.lastIndexOf(". ");
    text =
      lastSentence > 0 && random.chance(0.4)
        ? `${text.slice(0, lastSentence + 2)}${distraction} ${text.slice(lastSentence + 2)}`
        : `${distraction} ${text}`;
  }
  if (random.chance(0.05)) text = `${text} ${choose(random.pick(sentences().requests[split]), random)}`;
  return tidy(
    fill(text, (slot) => {
      const quantity = quantities[slot];
      if (quantity !== undefined) return show(quantity, style);
      if (slot === "d") return String(random.integer(2, 99));
      if (slot === "y") return String(random.integer(1750, 2025));
      return words.get(slot);
    }),
  );
}
