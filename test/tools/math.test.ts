import test from "ava";
import { Decimal } from "decimal.js";
import { executeTool, mathTools, roundResult, toolSet } from "../../src/tools/index.js";
import { seeded } from "./seeded.js";

const tools = toolSet(mathTools);

async function run(name: string, text: string): Promise<string> {
  return (await executeTool(tools.get(name), text)).text;
}

const gives = test.macro({
  async exec(t, name: string, text: string, result: string) {
    t.is(await run(name, text), result);
  },
  title: (_, name: string, text: string) => `${name}(${text})`,
});

test(gives, "add", "311, 112", "423");
test(gives, "add", "1, 2, 3, 4", "10");
test(gives, "add", "0.1, 0.2", "0.3");
test(gives, "add", "13,289, 7,899", "21188");
test(gives, "subtract", "10, 1.26", "8.74");
test(gives, "subtract", "10, 1, 2", "7");
test(gives, "multiply", "$19.99, 4%", "0.8");
test(gives, "multiply", "3, -4, 5", "-60");
test(gives, "divide", "1, 3", "0.33");
test(gives, "divide", "1, 256", "0.0039");
test(gives, "divide", "100, 2, 5", "10");
test(gives, "power", "2, 39/3", "8192");
test(gives, "power", "2, 8/5", "3.03");
test(gives, "power", "0.82, 10", "0.14");
test(gives, "power", "2, 3, 2", "64");
test(gives, "power", "2, -3", "0.13");
test(gives, "sqrt", "7584", "87.09");
test(gives, "sqrt", "0", "0");
test(gives, "sqrt", "10^100", `1${"0".repeat(50)}`);
test(gives, "log", "7753.68", "3.89");
test(gives, "log", "1000", "3");
test(gives, "log", "8, 2", "3");
test(gives, "log", "0.16366030353324176", "-0.79");
test(gives, "ln", "1", "0");
test(gives, "ln", "57", "4.04");
test(gives, "lcm", "221,172,250", "4751500");
test(gives, "lcm", "0, 5", "0");
test(gives, "lcm", "-4, 6", "12");
test(gives, "lcm", "3.0, 4", "12");
test(gives, "gcd", "168, 264", "24");
test(gives, "gcd", "60, 84, 96", "12");
test(gives, "gcd", "0, -7", "7");
test(gives, "remainder", "9424,9266", "158");
test(gives, "remainder", "-7, 3", "2");
test(gives, "remainder", "7, -3", "-2");
test(gives, "remainder", "-7, -3", "-1");
test(gives, "remainder", "6, -3", "0");
test(gives, "remainder", "5.5, 2", "1.5");
test(gives, "remainder", "10^300, 7", String(10n ** 300n % 7n));
test(gives, "choose", "15,13", "105");
test(gives, "choose", "5, 0", "1");
test(gives, "choose", "3, 5", "0");
test(gives, "choose", "1e9, 1", "1000000000");
test(gives, "permutate", "10, 3", "720");
test(gives, "permutate", "10, 10-8", "90");
test(gives, "permutate", "5, 0", "1");
test(gives, "permutate", "2, 3", "0");

const refuses = test.macro({
  async exec(t, name: string, text: string, message: RegExp) {
    await t.throwsAsync(run(name, text), { code: "TOOL_ARGUMENTS_INVALID", message });
  },
  title: (_, name: string, text: string) => `${name}(${text}) is refused`,
});

test(refuses, "divide", "1, 0", /divide: division by zero/);
test(refuses, "remainder", "1, 0", /division by zero/);
test(refuses, "sqrt", "-1", /no square root/);
test(refuses, "log", "0", /positive/);
test(refuses, "log", "-5", /positive/);
test(refuses, "log", "5, 1", /base/);
test(refuses, "log", "5, -2", /base/);
test(refuses, "ln", "0", /positive/);
test(refuses, "power", "0, -1", /division by zero/);
test(refuses, "power", "-2, 0.5", /broken exponent/);
test(refuses, "power", "10, 1e9", /10\^300/);
test(refuses, "power", "10, 10^1e9", /10\^300/);
test(refuses, "power", "1e-200, 2", /10\^-300/);
test(refuses, "multiply", "1e300, 1e300", /10\^300/);
test(refuses, "lcm", "2.5, 5", /2\.5 is no integer/);
test(refuses, "gcd", "1, 0.5", /no integer/);
test(refuses, "lcm", "10^200+1, 10^200", /10\^300/);
test(refuses, "choose", "5.5, 2", /no integer/);
test(refuses, "choose", "-5, 2", /negative/);
test(refuses, "choose", "5, -2", /negative/);
test(refuses, "choose", "1e9, 5e8", /10\^300/);
test(refuses, "choose", "1e300, 5e299", /10\^300/);
test(refuses, "permutate", "1e9, 1e9", /10\^300/);
test(refuses, "permutate", "1e300, 1e299", /10\^300/);
test(refuses, "sqrt", "1, 2", /expected 1 number/);
test(refuses, "choose", "1", /expected 2 numbers/);

test("agrees with whole-number references", async (t) => {
  const random = seeded(17);
  const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
  for (let count = 0; count < 150; count++) {
    const [a, b] = [random.integer(1, 400), random.integer(1, 400)];
    const divisors = Array.from({ length: Math.min(a, b) }, (_, index) => index + 1);
    t.is(
      await run("gcd", `${a}, ${b}`),
      String(Math.max(...divisors.filter((d) => a % d === 0 && b % d === 0))),
    );
    let multiple = a;
    while (multiple % b !== 0) multiple += a;
    t.is(await run("lcm", `${a},${b}`), String(multiple));
    const [n, r] = [random.integer(0, 60), random.integer(0, 60)];
    const arrangements = r > n ? 0n : factorial(n) / factorial(n - r);
    t.is(await run("permutate", `${n}, ${r}`), String(arrangements));
    t.is(await run("choose", `${n}, ${r}`), String(arrangements / factorial(r)));
    const [x, y] = [random.integer(-500, 500), random.pick([-1, 1]) * random.integer(1, 90)];
    t.is(await run("remainder", `${x}, ${y}`), String(((x % y) + y) % y));
    const exponent = random.integer(0, 90);
    t.is(await run("power", `${a}, ${exponent}`), String(BigInt(a) ** BigInt(exponent)));
  }
});

test("agrees with floating point where that is good enough", async (t) => {
  const random = seeded(18);
  for (let count = 0; count < 200; count++) {
    const x = Number((random.next() * 10 ** random.integer(0, 5) + 0.01).toFixed(3));
    const y = Number((random.next() * 5 + 0.01).toFixed(2));
    const near = async (name: string, text: string, value: number): Promise<void> => {
      const result = Number(await run(name, text));
      const unit = Math.abs(value) < 1 ? 0.051 * Math.abs(value) : 0.00501 + 1e-12 * Math.abs(value);
      t.true(Math.abs(result - value) <= unit, `${name}(${text}) = ${result}, not ${value}`);
    };
    await near("sqrt", `${x}`, Math.sqrt(x));
    await near("ln", `${x}`, Math.log(x));
    await near("log", `${x}`, Math.log10(x));
    await near("log", `${x}, ${y === 1 ? 2 : y}`, Math.log(x) / Math.log(y === 1 ? 2 : y));
    await near("power", `${x}, ${y}`, x ** y);
    await near("divide", `${x}, ${y}`, x / y);
  }
});

test("demonstrations show the results that the tools give", async (t) => {
  for (const tool of mathTools) {
    const examples = tool.demonstrations!.split("\n\n");
    t.true(examples.length >= 2 && examples.length <= 3, tool.name);
    for (const example of examples) {
      const match = /^Q: .+\nA: .*<([a-z]+)>\((.*?)\)=\$?([0-9.]*[0-9]).*\.$/.exec(example);
      t.truthy(match, example);
      const [, name, args, result] = match!;
      t.is(name, tool.name);
      t.is(await run(tool.name, args!), result!, example);
    }
  }
});

test("results are those of roundResult", async (t) => {
  t.is(await run("divide", "2, 3"), roundResult(new Decimal(2).div(3)));
});
