import test from "ava";
import { type ToolkenError } from "../../src/errors.js";
import { parsePositional } from "../../src/tools/positional.js";

const any = { min: 2, max: Infinity };
const one = { min: 1, max: 1 };
const two = { min: 2, max: 2 };

const reads = test.macro({
  exec(t, text: string, arity: { min: number; max: number }, ...values: string[]) {
    t.deepEqual(
      parsePositional(text, arity).map((value) => value.toFixed()),
      values,
    );
  },
  title: (_, text: string, { min, max }) => `reads ${text || "nothing"} as ${min} to ${max}`,
});

test(reads, "5572,3241", two, "5572", "3241");
test(reads, "76, 18", any, "76", "18");
test(reads, "0.82, 8", two, "0.82", "8");
test(reads, "$5, 4%", two, "5", "0.04");
test(reads, "1+2*3, (4-1)/2", two, "7", "1.5");
test(reads, " 1 ,\n2 ", two, "1", "2");
test(reads, "", { min: 0, max: 2 });
// Thousands commas
test(reads, "13,289, 7,899", any, "13289", "7899");
test(reads, "1,234,567, 5", any, "1234567", "5");
test(reads, "13,289", one, "13289");
test(reads, "$1,234,567.89", one, "1234567.89");
test(reads, "13,289,7,899", two, "13289", "7899");
test(reads, "(1,234+5)*2", one, "2478");
test(reads, "(1,234+5), 2", two, "1239", "2");
test(reads, "1,000, 2,000, 3,000", any, "1000", "2000", "3000");
// Separators
test(reads, "311,112", two, "311", "112");
test(reads, "311,112", any, "311", "112");
test(reads, "221,172,250", any, "221", "172", "250");
test(reads, "15,13", two, "15", "13");
test(reads, "0,123, 4", { min: 3, max: 3 }, "0", "123", "4");
test(reads, "1234,567", two, "1234", "567");
test(reads, "1.5,234, 1", { min: 3, max: 3 }, "1.5", "234", "1");
test(reads, "12,3456", two, "12", "3456");
test(reads, "311, 112,115", { min: 3, max: 3 }, "311", "112", "115");

const refuses = test.macro({
  exec(t, text: string, arity: { min: number; max: number }, message: RegExp) {
    const error = t.throws<ToolkenError>(() => parsePositional(text, arity), {
      code: "TOOL_ARGUMENTS_INVALID",
    });
    t.regex(error.message, message);
    t.true(error.message.length < 300);
  },
  title: (_, text: string, { min, max }) =>
    `refuses ${text.length > 30 ? `${text.slice(0, 30)}… (${text.length})` : text || "nothing"} as ${min} to ${max}`,
});

test(refuses, "", one, /expected 1 number but there is none/);
test(refuses, "  ", any, /expected at least 2 numbers/);
test(refuses, "5", two, /expected 2 numbers but there is 1/);
test(refuses, "1, 2, 3", two, /expected 2 numbers but there are 3/);
test(refuses, "1, 2", { min: 0, max: 0 }, /expected 0 numbers but there are 2/);
test(refuses, "1,234,567", two, /more than one way/);
test(refuses, "1,,2", { min: 3, max: 3 }, /argument 2 is empty/);
test(refuses, "1, 2,", { min: 3, max: 3 }, /argument 3 is empty/);
test(refuses, "1, x", two, /argument 2, "x": Expected a number at position/);
test(refuses, "1, 2)", two, /Expected an operator/);
test(refuses, "1, (2", two, /Expected "\)"/);
test(refuses, "1, 1/0", two, /division by zero/);
test(refuses, "１, ２", two, /Expected a number/);
test(refuses, "(".repeat(10_000), one, /longer than 2000/);
test(refuses, "(".repeat(1900), one, /too deep/);
test(refuses, `1${",111".repeat(400)}`, two, /expected 2 numbers/);
