// No figure is quoted that its committed results do not hold: `npm run lint` checks the documents against them.
//
// A figure is followed by a comment that names where it stands: `0.976<!--file.json:path-->`, see figures.mjs. In a
// checked document every number of a table (behind its first column) and every factor `× n` needs one. With --write
// the figures are brought up to date, with the decimals that they have.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { figure, holds, root, written } from "./figures.mjs";
import { page } from "./performance-page.mjs";

/** The whole page; elsewhere what stands behind this comment, to the end of the section. */
const CHECKED = ["docs/performance.md"];
const ALSO = ["README.md"];
const MARK = "<!-- checked figures -->";

const FIGURE = /([−-]?\d[\d,]*(?:\.\d+)?)<!--([^>]+?\.json:[^>]+?)-->/gu;
const problems = [];

for (const path of [...CHECKED, ...ALSO]) {
  const file = join(root, path);
  if (!existsSync(file)) continue;
  if (process.argv.includes("--write")) {
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(FIGURE, upToDate));
  }
  const text = readFileSync(file, "utf8");
  checkHeld(path, text);
  checkNamed(path, CHECKED.includes(path) ? text : markedPart(text));
}
const committed = join(root, "docs", "performance.md");
if (existsSync(committed) && readFileSync(committed, "utf8") !== page()) {
  problems.push("docs/performance.md: not what the results give; run `node scripts/performance-page.mjs`");
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function upToDate(quoted, shown, reference) {
  const decimals = /\.(\d+)$/u.exec(shown)?.[1].length ?? 0;
  try {
    return `${written(figure(reference), decimals)}<!--${reference}-->`;
  } catch {
    return quoted; // told below
  }
}

function checkHeld(path, text) {
  for (const [, shown, reference] of text.matchAll(FIGURE)) {
    try {
      const value = figure(reference);
      if (!holds(shown, value)) problems.push(`${path}: ${shown} is quoted, ${reference} is ${value}`);
    } catch (error) {
      problems.push(`${path}: ${shown}: ${error.message}`);
    }
  }
}

function checkNamed(path, text) {
  for (const line of text.split("\n")) {
    const rest = line.replaceAll(FIGURE, "").replaceAll(/`[^`]*`/gu, "");
    const cells = rest.startsWith("|") ? rest.split("|").slice(2) : [];
    const bare = cells.find((cell) => /\d/u.test(cell)) ?? /× ?\d[\d.,]*/u.exec(rest)?.[0];
    if (bare !== undefined && !isHeading(line, text)) {
      problems.push(`${path}: "${bare.trim()}" has no reference to its results`);
    }
  }
}

/** A table's first line names columns. */
function isHeading(line, text) {
  return text.includes(`${line}\n| -`) || text.includes(`${line}\n|-`);
}

function markedPart(text) {
  const at = text.indexOf(MARK);
  return at < 0 ? "" : text.slice(at).split(/\n## /u)[0];
}
