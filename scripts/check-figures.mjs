// Checks the figures of the documents against the committed results: `npm run lint` runs it.
//
// docs/performance.md is generated. In other documents every number of a table (after its first column) and every
// factor `× n` after the comment `<!-- checked figures -->`, to the end of the section, needs a reference; docs/figures.json lists the
// references in the order of the figures. With --write the figures are brought up to date, with the decimals that
// they have.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { figure, holds, root, written } from "./figures.mjs";
import { page } from "./performance-page.mjs";

const MARK = "<!-- checked figures -->";
const NUMBER = /[−-]?\d[\d,]*(?:\.\d+)?/u;
const write = process.argv.includes("--write");
const problems = [];

const references = JSON.parse(readFileSync(join(root, "docs", "figures.json"), "utf8"));
for (const [path, list] of Object.entries(references)) check(path, list);

const performance = join(root, "docs", "performance.md");
if (write) writeFileSync(performance, page());
else if (readFileSync(performance, "utf8") !== page()) {
  problems.push("docs/performance.md: not what the results give; run `node scripts/performance-page.mjs`");
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function check(path, list) {
  const file = join(root, path);
  const parts = readFileSync(file, "utf8").split(MARK);
  let used = 0;
  const sections = parts.slice(1).map((part) => {
    const end = part.search(/\n## /u);
    const section = end < 0 ? part : part.slice(0, end);
    const lines = section.split("\n");
    const checked = lines.map((line, i) => (isHeading(lines, i) ? line : checkLine(line)));
    return checked.join("\n") + (end < 0 ? "" : part.slice(end));
  });
  if (used !== list.length) problems.push(`${path}: ${used} figures, docs/figures.json has ${list.length}`);
  if (write) writeFileSync(file, [parts[0], ...sections].join(MARK));

  function checkLine(line) {
    if (!line.startsWith("|")) return line.replaceAll(/(?<=× ?)[\d.,]*\d/gu, checkNumber);
    const cells = line.split("|");
    return cells
      .map((cell, i) => (i < 2 ? cell : cell.replaceAll(new RegExp(NUMBER, "gu"), checkNumber)))
      .join("|");
  }

  function checkNumber(shown) {
    const reference = list[used++];
    if (reference === undefined) return shown;
    try {
      const value = figure(reference);
      if (holds(shown, value)) return shown;
      if (write) return written(value, /\.(\d+)$/u.exec(shown)?.[1].length ?? 0);
      problems.push(`${path}: ${shown} is quoted, ${reference} is ${value}`);
    } catch (error) {
      problems.push(`${path}: ${shown}: ${error.message}`);
    }
    return shown;
  }
}

/** A table's first line names columns. */
function isHeading(lines, i) {
  return lines[i].startsWith("|") && /^\| ?:?-/u.test(lines[i + 1] ?? "");
}
