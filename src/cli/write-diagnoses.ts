// Diagnoses go to a file of lines and to a picture of the same lines.
import { rm } from "node:fs/promises";
import path from "node:path";
import type { RunDiagnosis } from "../lab/evaluation/diagnose.js";
import { writeFileAtomically } from "../utils/atomic.js";
import { temporaryFolder } from "../utils/folders.js";
import { writePlot } from "../lab/plots/plot.js";

const PICTURE = /\.(?:svg|png)$/i;

/** @param files pictures by their ending (`.svg`, `.png`), lines otherwise */
export async function writeDiagnoses(
  runs: readonly RunDiagnosis[],
  files: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const lines = runs
    .flatMap(({ questions }) => questions.map((line) => `${JSON.stringify(line)}\n`))
    .join("");
  for (const file of files) if (!PICTURE.test(file)) await writeFileAtomically(file, lines, { signal });
  const pictures = files.filter((file) => PICTURE.test(file));
  if (pictures.length === 0) return;
  const folder = await temporaryFolder("toolken-diagnosis-");
  try {
    const file = path.join(folder, "diagnosis.jsonl");
    await writeFileAtomically(file, lines, { signal });
    for (const picture of pictures) await writePlot("diagnostics", [file], picture, { signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
