import test from "ava";
import { Decimal } from "decimal.js";
import { roundResult } from "../../src/tools/index.js";
import { seeded } from "./seeded.js";

const rounds = test.macro({
  exec(t, value: Decimal.Value, text: string) {
    t.is(roundResult(value), text);
  },
  title: (_, value: Decimal.Value, text: string) =>
    `rounds ${Object.is(value, -0) ? "-0" : String(value)} to ${text}`,
});

test(rounds, 0, "0");
test(rounds, -0, "0");
test(rounds, "423", "423");
test(rounds, "423.00", "423");
test(rounds, 569.9666, "569.97");
test(rounds, "2.675", "2.68");
test(rounds, "-2.675", "-2.68");
test(rounds, "1.999", "2");
test(rounds, "36.60", "36.6");
test(rounds, "0.144", "0.14");
test(rounds, "0.5", "0.5");
test(rounds, "0.005", "0.005");
test(rounds, "0.003912", "0.0039");
test(rounds, "-0.003912", "-0.0039");
test(rounds, "0.0999", "0.1");
test(rounds, "0.000999", "0.001");
test(rounds, "0.999", "1");
test(rounds, "0.03125", "0.031");
test(rounds, "1e-12", "0.000000000001");
test(rounds, "1e25", "10000000000000000000000000");
test(rounds, new Decimal("0.333333"), "0.33");
test(rounds, (2n ** 100n).toString(), (2n ** 100n).toString());

test("refuses what is no finite number", (t) => {
  for (const value of [NaN, Infinity, "", "1,5", "x", undefined, null, {}]) {
    t.throws(() => roundResult(value as Decimal.Value), { code: "INVALID_ARGUMENT" });
  }
});

test("is the nearest decimal of its length, checked in whole numbers", (t) => {
  const random = seeded(3);
  for (let count = 0; count < 2000; count++) {
    const digits = random.integer(1, 10 ** random.integer(1, 9));
    const places = random.integer(0, 14);
    const text = roundResult(new Decimal(digits).times(new Decimal(10).pow(-places)));
    t.regex(text, /^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$/);
    // digits / 10^places against the rounded value, both as multiples of 10^-20.
    const scale = 20n;
    const exact = BigInt(digits) * 10n ** (scale - BigInt(places));
    const kept = BigInt(
      String(digits).length > places ? 2 : places - String(digits).length + 2, // leading zeros + 2
    );
    const step = 10n ** (scale - kept);
    const wanted = ((exact + step / 2n) / step) * step;
    const [whole, decimals = ""] = text.split(".");
    t.is(BigInt(whole! + decimals.padEnd(Number(scale), "0")), wanted, `${digits}e-${places}`);
  }
});
