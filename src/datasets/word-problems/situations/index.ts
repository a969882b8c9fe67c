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

export const stories: readonly Story[] = told.map((story) => {
  const questions = [...story.train.questions, ...(moreQuestions[story.id] ?? [])];
  return { ...story, train: { ...story.train, questions } };
});
