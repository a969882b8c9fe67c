// All situations, by the operator or the number of steps that they practise.

import { additions } from "./add.js";
import {
  arrangements,
  commonDivisors,
  commonMultiples,
  remainders,
  selections,
} from "./divisors-and-counting.js";
import { divisions } from "./divide.js";
import { multiplications } from "./multiply.js";
import { longerStories } from "./longer.js";
import { lookUps } from "./no-calculation.js";
import { moreQuestions } from "./more-wordings.js";
import { powers } from "./power.js";
import { logarithms, naturalLogarithms, roots } from "./roots-and-logarithms.js";
import { threeSteps, twoSteps } from "./several-steps.js";
import { subtractions } from "./subtract.js";
import { moreOfBasics } from "./wordings-of-basics.js";
import { moreOfFunctions } from "./wordings-of-functions.js";
import { moreOfCounting } from "./wordings-of-counting.js";
import { moreOfLongerStories } from "./wordings-of-longer-stories.js";
import type { Story } from "../story.js";

const told: readonly Story[] = [
  ...additions,
  ...subtractions,
  ...multiplications,
  ...divisions,
  ...powers,
  ...roots,
  ...logarithms,
  ...naturalLogarithms,
  ...commonMultiples,
  ...commonDivisors,
  ...remainders,
  ...selections,
  ...arrangements,
  ...longerStories,
  ...twoSteps,
  ...threeSteps,
  ...lookUps,
];

/** Questions written later, by the names of their situations: breadth of wording is what a small model lacks most. */
const further = [moreQuestions, moreOfBasics, moreOfFunctions, moreOfCounting, moreOfLongerStories];

export const stories: readonly Story[] = told.map((story) => {
  const questions = [...story.train.questions, ...further.flatMap((table) => table[story.id] ?? [])];
  return { ...story, train: { ...story.train, questions } };
});

/** The situations that {@link stories} has further questions of. */
export const furtherSituations: readonly string[] = further.flatMap((table) => Object.keys(table));
