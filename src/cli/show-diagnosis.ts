// A diagnosis as a table: kinds of mistakes, run beside run.
import type { DiagnosisComparison, SideBySide } from "../lab/evaluation/compare-diagnoses.js";
import type { RunDiagnosis } from "../lab/evaluation/diagnose.js";
import { DIAGNOSIS_KINDS, DIAGNOSIS_NAMES, type DiagnosisKind } from "../lab/evaluation/diagnosis-kinds.js";

const RIGHT = "right answer";

/** Counts of questions, without a line end. */
export function formatDiagnosis(diagnosis: RunDiagnosis): string {
  const { run, questions, right, judged, withGoldCalls, byKind } = diagnosis;
  const shown = DIAGNOSIS_KINDS.filter((kind) => byKind[kind] > 0);
  return [
    `${run}, ${questions.length} questions${goldNote(withGoldCalls, questions.length)}`,
    ...table([
      ["", "questions", ""],
      [RIGHT, String(right), percent(right, judged)],
      ...shown.map((kind) => [
        DIAGNOSIS_NAMES[kind],
        String(byKind[kind]),
        percent(byKind[kind], questions.length),
      ]),
    ]),
  ].join("\n");
}

/** The same for two runs, with what one has and the other has not. */
export function formatDiagnosisComparison(
  comparison: DiagnosisComparison,
  first: RunDiagnosis,
  second: RunDiagnosis,
): string {
  const { questions, byKind, right } = comparison;
  const shown = DIAGNOSIS_KINDS.filter((kind: DiagnosisKind) => byKind[kind].first + byKind[kind].second > 0);
  const row = (name: string, counts: SideBySide): string[] => [
    name,
    ...[counts.first, counts.second, counts.onlyFirst, counts.onlySecond].map(String),
  ];
  return [
    `1: ${first.run}${goldNote(first.withGoldCalls, questions)}`,
    `2: ${second.run}${goldNote(second.withGoldCalls, questions)}`,
    "",
    ...table([
      [`${questions} questions`, "1", "2", "only 1", "only 2"],
      row(RIGHT, right),
      ...shown.map((kind) => row(DIAGNOSIS_NAMES[kind], byKind[kind])),
    ]),
  ].join("\n");
}

function goldNote(known: number, questions: number): string {
  if (known === questions) return "";
  return known === 0 ? " (reference calls unknown)" : ` (reference calls of ${known} known)`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** The first column to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
