// Other ways to say a wording: exchangeable phrases, so that few written sentences make many.

import type { Random } from "./random.js";

/** A phrase, and what may stand for it. The first group of the pattern is `$1`. */
type Rule = readonly [phrase: RegExp, others: readonly string[]];

const rules: readonly Rule[] = [
  // How a question is put.
  [
    /\bWhat is the ([^.?]+)\?/,
    [
      "Find the $1.",
      "Calculate the $1.",
      "Determine the $1.",
      "Compute the $1.",
      "Work out the $1.",
      "Tell me the $1.",
      "What would be the $1?",
      "What's the $1?",
    ],
  ],
  [/\bWhat was the ([^.?]+)\?/, ["Find the $1.", "Calculate the $1.", "Determine the $1.", "Give the $1."]],
  [/\bFind the /, ["Calculate the ", "Determine the ", "Compute the ", "Work out the ", "Give the "]],
  [/\bCalculate the /, ["Find the ", "Determine the ", "Compute the ", "Work out the ", "Figure out the "]],
  [/\bFind how /, ["Work out how ", "Say how ", "Figure out how ", "Determine how ", "Tell me how "]],
  [/\bHow many ways are there to /, ["In how many ways can one ", "In how many ways can you "]],
  [/\bIn how many (?:different )?ways can /, ["In how many different ways can "]],
  [
    /\bIf ([^,?.]+), (how|what) /,
    ["Suppose $1. Then $2 ", "Given that $1, $2 ", "Say $1. Then $2 ", "Assuming that $1, $2 "],
  ],
  // Totals and remainders.
  [/ in total\b/, [" altogether", " in all", " all together", " as a whole"]],
  [/ in all\b/, [" in total", " altogether", " overall"]],
  [/ altogether\b/, [" in total", " in all", " all in all"]],
  [/ are left\b/, [" remain", " are still there", " are remaining"]],
  [/ remain\b/, [" are left", " are still there"]],
  [/ is left\b/, [" remains", " is still there"]],
  [/ remains\b/, [" is left"]],
  // Rates.
  [/ per (minute|hour|day|week|month|year|second)\b/, [" per $1", " each $1", " every $1"]],
  [/ (?:each|every) (minute|hour|day|week|month|year|second)\b/, [" per $1", " each $1", " every $1"]],
  [/ each\?/, [" apiece?", " individually?"]],
  [/ apiece\b/, [" each"]],
  // Verbs.
  [/\bbuys\b/, ["purchases", "gets", "picks up", "orders"]],
  [/\bbought\b/, ["purchased", "got", "picked up", "ordered"]],
  [/\bsells for\b/, ["costs", "is sold for", "goes for"]],
  [/ costs (\{\w\})/, [" sells for $1", " is priced at $1", " goes for $1", " is sold for $1"]],
  [/ cost (\{\w\})/, [" sell for $1", " are priced at $1", " go for $1"]],
  [/\bgets\b/, ["receives"]],
  [/\bgot\b/, ["received"]],
  [/\bneeds\b/, ["requires"]],
  [/\bwants to\b/, ["would like to", "wishes to", "plans to", "intends to", "is going to"]],
  [/\bearns\b/, ["makes", "is paid", "receives"]],
  [/\bspent\b/, ["paid"]],
  [/\bproduces\b/, ["makes", "turns out", "puts out"]],
  [/\bcollected\b/, ["gathered", "picked up"]],
  [/\bstarts\b/, ["begins"]],
  [/\bstarted\b/, ["began"]],
  [/\bgrows by\b/, ["increases by", "rises by", "goes up by"]],
  [/\bdrops by\b/, ["falls by", "goes down by", "decreases by", "sinks by"]],
  [/\bfalls by\b/, ["drops by", "goes down by", "decreases by"]],
  [/\bdivided\b/, ["split", "shared"]],
  [/\bcontains\b/, ["holds", "has"]],
  [/\bcontain\b/, ["hold", "have"]],
  [/\btravels\b/, ["goes", "moves"]],
  [/\bchosen from\b/, ["picked from", "selected from", "drawn from"]],
  [/\bchoose\b/, ["select", "pick"]],
  [/\bcan be chosen\b/, ["can be selected", "can be picked"]],
  // Nouns and small words.
  [/\bmoney\b/, ["cash"]],
  [/\bpercent\b/, ["per cent"]],
  [/\bevenly\b/, ["equally", "in equal shares"]],
  [/\bequally\b/, ["evenly"]],
  [/\bThere are (\{\w\})/, ["We have $1", "You see $1", "One has $1"]],
  [
    /\bhow many (\{\w+\}) are there\b/i,
    ["what is the number of $1", "how many $1 is that", "how many $1 does that make"],
  ],
  [/, (\{name\d?\}) has (\{\w\})/, [", $1 owns $2", ", $1 possesses $2"]],
  [/^(\{name\d?\}) has (\{\w\})/, ["$1 owns $2", "$1 possesses $2", "$1 holds $2"]],
  [/\bbig\b/, ["large"]],
  [/\blarge\b/, ["big"]],
];

/** How often a phrase gives way to another. */
const CHANCE = 0.45;

/** The wording with some of its phrases exchanged; slots stay. */
export function rephrase(wording: string, random: Random): string {
  let text = wording;
  for (const [phrase, others] of rules) {
    if (!phrase.test(text) || !random.chance(CHANCE)) continue;
    text = text.replace(phrase, random.pick(others));
  }
  return text;
}
