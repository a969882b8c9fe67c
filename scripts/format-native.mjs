// Formats native/** with clang-format; --check only reports. Part of `npm run format` and `npm run lint`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../native", import.meta.url));
const program = process.env.CLANG_FORMAT ?? "clang-format";
const check = process.argv.includes("--check");

const files = readdirSync(folder, { recursive: true })
  .filter((name) => /\.(?:h|cpp|inc)$/u.test(name))
  .map((name) => join(folder, name));

const { error, status } = spawnSync(program, [...(check ? ["--dry-run", "--Werror"] : ["-i"]), ...files], {
  stdio: "inherit",
});
if (error?.code === "ENOENT") {
  console.error(
    `${program} is not installed, so native/ was not ${check ? "checked" : "formatted"}. ` +
      "Install it with `apt-get install clang-format`, `brew install clang-format` or `pip install clang-format`, " +
      "or name it in CLANG_FORMAT.",
  );
  // Everybody may work on the TypeScript without it; continuous integration must have it.
  process.exitCode = process.env.CI ? 1 : 0;
} else if (error) {
  throw error;
} else {
  process.exitCode = status ?? 1;
}
