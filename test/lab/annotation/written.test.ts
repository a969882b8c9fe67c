import test from "ava";
import { isBehindEquals, writtenCalculation } from "../../../src/lab/annotation/written.js";

const states = test.macro<[string, string | undefined]>({
  exec: (t, before, expected) => {
    const found = writtenCalculation(before);
    t.is(found && `${found.tool}(${found.args})`, expected);
  },
  title: (_, before, expected) => `${JSON.stringify(before)}: ${expected ?? "states nothing"}`,
});

test(states, "The total is 76+18=", "add(76, 18)");
test(states, "It costs $1,250 * 4 = ", "multiply(1250, 4)");
test(states, "They have 3 x 4 =", "multiply(3, 4)");
test(states, "There are (3+4)*2=", "multiply(3+4, 2)");
test(states, "twice (3+4 = ", "add(3, 4)");
test(states, "16 - 3 - 4 = ", "subtract(16, 3, 4)");
test(states, "It grows by 1.05^3=", "power(1.05, 3)");
test(states, "so x=log(8162.85)=", "log(8162.85)");
test(states, "which is gcd(316,196) =", "gcd(316,196)");
test(states, "There are 12P3 = ", "permutate(12, 3)");
test(states, "There are C(9,4)=", "choose(9,4)");
test(states, "The side is √716=", "sqrt(716)");
test(states, "left over 500 mod 48=", "remainder(500, 48)");
test(states, "left over 6499%4354=", "remainder(6499, 4354)");
test(states, "so x=", undefined);
test(states, "There are 12 rows of ", undefined);
test(states, "5 apples + 3 apples = ", undefined);

test("a number after an equals sign is a result", (t) => {
  t.true(isBehindEquals("5 apples + 3 apples = "));
  t.false(isBehindEquals("x=3 and "));
});
