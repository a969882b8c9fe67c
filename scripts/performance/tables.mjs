// What the sections of docs/performance.md are written with.
import { figure, quoted, results } from "../figures.mjs";

export const K = (n) => n.toLocaleString("en");

/** GitHub's way of a picture that follows the reader's theme; scripts/performance-plots.mjs draws them. */
export function picture(name, alt) {
  return `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="images/${name}-dark.svg">
  <img alt="${alt}" src="images/${name}-light.svg">
</picture>`;
}

/** A table of ratios: a row per variant, a column per file. */
export function section(title, text, files, pathOf, rows, after = "") {
  const there = files.filter(([file]) => results(file) !== undefined);
  if (there.length === 0) return `## ${title}\n\n${text}\n\nNot yet measured.`;
  const lines = [
    `| | ${there.map(([, name]) => name).join(" | ")} |`,
    `| --- | ${there.map(() => "---").join(" | ")} |`,
  ];
  for (const row of rows) {
    const cells = there.map(([file]) => ratio(file, `${pathOf(file)}/${row}`));
    if (cells.some((cell) => cell !== "–")) lines.push(`| ${row} | ${cells.join(" | ")} |`);
  }
  return `## ${title}\n\n${text}\n\n${lines.join("\n")}${after === "" ? "" : `\n\n${after}`}`;
}

export function ratio(file, path) {
  if (!has(file, `${path}/ratio`)) return "–";
  const digits = decimals(figure(`${file}:${path}/ratio`));
  const part = (name) => quoted(`${file}:${path}/${name}`, digits);
  return `× ${part("ratio")} (${part("ratioRange/0")}…${part("ratioRange/1")})`;
}

export function decimals(value) {
  if (Math.abs(value) >= 100) return 0;
  return Math.abs(value) >= 10 ? 1 : 3;
}

export function has(file, path) {
  try {
    figure(`${file}:${path}`);
    return true;
  } catch {
    return false;
  }
}
