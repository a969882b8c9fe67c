import { readFile } from "node:fs/promises";
import test from "ava";

const MAX_ROOT_EXPORTS = 45;

test("the root exports what an application needs, and no more", async (t) => {
  const source = await readFile("src/index.ts", "utf8");
  t.false(source.includes("export *"));
  const names = [...source.matchAll(/export (?:type )?\{([^}]*)\}/gu)].flatMap(([, list]) =>
    list!
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  );
  t.true(names.length > 0 && names.length <= MAX_ROOT_EXPORTS, `${names.length} names`);
});
