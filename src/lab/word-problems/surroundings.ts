// What stands around a story: sentences with numbers that do not matter, closing requests, plain answer forms.

import type { Operator } from "./arithmetic.js";

/** Everyday sentences, or such as were written apart from them. */
export type Manner = "train" | "unfamiliar";

/** Sentences with a number `{d}` that plays no part. */
export const distractions: Readonly<Record<Manner, readonly string[]>> = {
  train: [
    "The {place2} opens at {d} o'clock.",
    "{name5} is {d} years old.",
    "{name5} has {d} [brothers|sisters|cousins|dogs|cats].",
    "The building has {d} floors.",
    "It has been raining for {d} days.",
    "{name5} lives at number {d}.",
    "There are {d} chairs in the [hall|office|lobby].",
    "Bus {d} stops [there|outside|nearby].",
    "{name5} arrived {d} minutes [late|early].",
    "The [manager|owner|director] has worked there for {d} years.",
    "[Parking|Admission|A map] costs {d} dollars.",
    "{name5} [wears|has] number {d} on the shirt.",
    "The radio plays on channel {d}.",
    "The sign shows the number {d}.",
    "It is {d} degrees outside.",
    "The {place2} was opened in {y}.",
    "{city3} lies {d} miles away.",
    "In {y}, everything was different.",
    "{name5} was born in {y}.",
    "The [door|locker|room] has the number {d}.",
  ],
  unfamiliar: [
    "{name5} celebrated birthday number {d} last week.",
    "The elevator stops on floor {d}.",
    "A clock on the wall is {d} minutes slow.",
    "Since {y} the {place2} has had a new owner.",
    "{name5} takes bus line {d} to get there.",
    "The wind blows at {d} miles per hour.",
  ],
};

/** Requests at the end of a question. */
export const requests: Readonly<Record<Manner, readonly string[]>> = {
  train: [
    "[Round|Round the answer|Round your answer] to [two|2] decimal places.",
    "Give [the answer as a number|a number|only the number].",
    "[Calculate|Work it out] step by step.",
    "Show [the calculation|your work].",
  ],
  unfamiliar: ["State the result with two decimals.", "Please explain how you got it."],
};

/** Answers that fit any situation of one step; `{verb}` is the operator's. */
export const plainAnswers: Readonly<Record<Manner, readonly string[]>> = {
  train: [
    "{=1}.",
    "[We|Here we|One has to|Let us] {verb}: {=1}.",
    "[The calculation is|This is|That makes|The result is] {=1}.",
  ],
  unfamiliar: ["To find it, {verb}: {=1}.", "So {=1}."],
};

export const verbs: Readonly<Record<Operator, string>> = {
  add: "add",
  subtract: "subtract",
  multiply: "multiply",
  divide: "divide",
  power: "take the power",
  sqrt: "take the square root",
  log: "take the logarithm",
  ln: "take the natural logarithm",
  lcm: "find the least common multiple",
  gcd: "find the greatest common divisor",
  remainder: "find the remainder",
  choose: "count the choices",
  permutate: "count the orders",
};
