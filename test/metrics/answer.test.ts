import { inspect } from "node:util";
import test from "ava";
import { approximateMatch, exactMatch, parseAnswer, parseStatedAnswer } from "../../src/metrics/answer.js";

const parses = test.macro({
  exec(t, text: string, answer: string | null) {
    t.is(parseAnswer(text), answer);
  },
  title: (_, text: string, answer: string | null) =>
    `${JSON.stringify(text.slice(0, 60))} answers ${answer ?? "nothing"}`,
});

const states = test.macro({
  exec(t, text: string, answer: string | null) {
    t.is(parseStatedAnswer(text), answer);
  },
  title: (_, text: string, answer: string | null) =>
    `${JSON.stringify(text.slice(0, 60))} states ${answer ?? "nothing"}`,
});

// The model goes on after the answer, on the same line or in a question of its own.
test(states, "So, the answer is 87. Q: If a store sells 5 bags, how many are left?", "87");
test(states, "So, the answer is 87 Q: If a store sells 5 bags, how many are left?", "87");
test(states, "So, the answer is 87. Q: What is 2+3? A: 2+3=5. So, the answer is 5.", "87");
test(states, "So, the answer is 87.\n\nQ: What is 2+3?\nA: So, the answer is 5.", "87");
test(states, "So, the answer is 87. The answer is 87 apples and 5 pears.", "87");
test(states, "The answer is 8.5 kg. That is 3 more than before.", "8.5");
test(states, "The answer is 12 sq. ft. on each of 30 floors.", "30");
test(states, "The answer is: 1,200\n17 more lines", "1200");
test(states, "The answer is unknown. So, the answer is 5.", "5");
test(states, "The answer is unknown.", null);
test(states, "42", null);
test(states, `${"the answer is 1-".repeat(100_000)}2`, "2");
test(states, `the answer is ${". A".repeat(200_000)}`, null);

test(parses, "147+354=501. So, the answer is 501.", "501");
test(parses, "The answer is 777.41 dollars.", "777.41");
test(parses, "So, the answer is $20,176,139.4.", "20176139.4");
test(parses, "the answer is 1. Wait, 7. The answer is 2 of 3", "3");
test(parses, "#### 5\nQ: next\n#### 1,234.0", "1234.0");
test(parses, "the answer is 5 #### 6", "6");
test(parses, "#### 6, or the answer is 5", "5");
test(parses, "The final Answer is 5", "5");
test(parses, "The answer is -3.50.", "-3.50");
test(parses, "the answer is −3", "-3");
test(parses, "the answer is 0.5105-4", "4");
test(parses, "the answer is x-4", "4");
test(parses, "the answer is (2)-4", "4");
test(parses, "the answer is .5", ".5");
test(parses, "the answer is 5.", "5");
test(parses, "the answer is 12%", "12");
test(parses, "the answer is 6.4e-08.", "6.4e-08");
test(parses, "the answer is 5e", "5");
test(parses, "the answer is 1e99999999999", "99999999999");
test(parses, "the answer is 546.0", "546.0");
test(parses, "the answer is unknown", null);
test(parses, "the answer is", null);
test(parses, "147+354=501", null);
test(parses, "", null);
test(parses, `the answer is ${"9".repeat(100_000)}`, "9".repeat(100_000));
test(parses, `${"the answer is 1-".repeat(100_000)}2`, "2");
test(parses, `the answer is ${"1.".repeat(200_000)}`, "1.1");

const compares = test.macro({
  exec(t, prediction: number | string | null, gold: number | string, exact: boolean, approximate: boolean) {
    t.is(exactMatch(prediction, gold), exact, "exact");
    t.is(approximateMatch(prediction, gold), approximate, "approximate");
  },
  title: (_, prediction: number | string | null, gold: number | string) =>
    `${inspect(prediction)} for ${inspect(gold)}`,
});

test(compares, "0.39", 0.3936, true, false);
test(compares, "1.85", 1.8476, true, false);
test(compares, "1.8476", 1.8476, true, true);
test(compares, "1.84", 1.8476, false, false);
test(compares, "282429536481", 282429536481, true, true);
test(compares, "282429536480", 282429536481, false, true);
test(compares, "282,429,536,481", "282429536481", true, true);
// An integer gold answer: the prediction is truncated, towards zero.
test(compares, "21188.99", 21188, true, true);
test(compares, "21189", 21188, false, true);
test(compares, "-3.9", -3, true, false);
test(compares, "-0.5", 0, true, false);
test(compares, "546.0", "546", true, true);
// An integer however it is written, and once it is rounded; the prediction is rounded before it is truncated.
test(compares, "18.5", "18.0", true, false);
test(compares, "18.5", "18.001", true, false);
test(compares, "18.5", "18.01", false, false);
test(compares, "17.999", 18, true, true);
test(compares, "17.99", 18, false, true);
test(compares, "$18", 18, true, true);
test(compares, "18", "18.0", true, true);
test(compares, 18, "18.00", true, true);
// Below 1 the digits after the leading zeros count.
test(compares, "0.000324", 0.000325, false, false);
test(compares, "0.0003249", 0.000325, false, true);
test(compares, "0.00003", 0.000028, false, false);
test(compares, "2.8e-5", "0.000028", true, true);
test(compares, "1.001", 1, true, true);
test(compares, "1.0011", 1, true, false);
test(compares, "0", 0, true, true);
test(compares, "0.0001", 0, true, false);
test(compares, null, 0, false, false);
test(compares, "", 0, false, false);
test(compares, "NaN", 5, false, false);
test(compares, Number.NaN, 5, false, false);
test(compares, Number.POSITIVE_INFINITY, 5, false, false);
test(compares, "Infinity", 5, false, false);
test(compares, "0x5", 5, false, false);
test(compares, "5 apples", 5, false, false);
test(compares, "1e999999999999", 5, false, false);
test(compares, "5", "", false, false);
test(compares, " Paris ", "Paris", true, false);
test(compares, "paris", "Paris", false, false);
test(compares, 5, "five", false, false);
test(compares, `${"9".repeat(50)}.5`, `${"9".repeat(50)}.6`, false, true);
test(compares, 1e300, 1e300, true, true);
