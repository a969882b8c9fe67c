import test from "ava";
import { calibrateDecision } from "../../../src/training/definitions/decision-calibration.js";
import { seededRandom } from "../../../src/utils/random.js";

/** Texts of two tools and of none whose logits are `sharpness` times those of a calibrated model. */
function unseen(count: number, sharpness: number) {
  const random = seededRandom(5);
  const target = new Int32Array(count);
  const logits = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const z = [4 * random() - 2, 4 * random() - 2, 4 * random() - 2];
    const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
    let point = random();
    target[i] = z.findIndex((value) => (point -= Math.exp(value) / total) < 0);
    if (target[i] === -1) target[i] = 2;
    z.forEach((value, k) => (logits[3 * i + k] = sharpness * value));
  }
  return { outcomes: 3, logits, target };
}

test("the temperature undoes what made logits too sharp", (t) => {
  const { temperature } = calibrateDecision(unseen(3000, 4), null);
  t.true(temperature > 3 && temperature < 5.4);
  const { temperature: plain, calibrationError } = calibrateDecision(unseen(3000, 1), null);
  t.true(plain > 0.75 && plain < 1.35);
  t.true(calibrationError! < 0.05);
});

test("the bias keeps false positives below the chosen rate", (t) => {
  for (const rate of [0, 0.05, 0.3]) {
    const { falsePositiveRate, missRate } = calibrateDecision(unseen(2000, 1), rate);
    t.true(falsePositiveRate! <= rate);
    t.true(falsePositiveRate! >= rate - 0.01);
    t.true(missRate! > 0 && missRate! <= 1);
  }
  const [loose, strict] = [0.3, 0.01].map((rate) => calibrateDecision(unseen(2000, 1), rate).missRate!);
  t.true(strict! > loose!);
});

test("without texts nothing is calibrated", (t) => {
  const none = { outcomes: 3, logits: new Float64Array(0), target: new Int32Array(0) };
  t.deepEqual(calibrateDecision(none, 0.05), {
    temperature: 1,
    noToolBias: 0,
    falsePositiveRate: null,
    missRate: null,
    calibrationError: null,
  });
});
