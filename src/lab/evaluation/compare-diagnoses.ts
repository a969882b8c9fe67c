// Two diagnoses of the same questions side by side: what one mends, and what it breaks.
import { ToolkenError } from "../../errors.js";
import type { QuestionDiagnosis, RunDiagnosis } from "./diagnose.js";
import { DIAGNOSIS_KINDS, type DiagnosisKind } from "./diagnosis-kinds.js";
import { questionKeys } from "./stored-run.js";

/** In how many questions something holds of the two runs. */
export interface SideBySide {
  readonly first: number;
  readonly second: number;
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

export interface DiagnosisComparison {
  readonly first: string;
  readonly second: string;
  readonly questions: number;
  readonly right: SideBySide;
  readonly byKind: Readonly<Record<DiagnosisKind, SideBySide>>;
}

/** @throws ToolkenError `RECORD_INVALID` for runs over different questions */
export function compareDiagnoses(first: RunDiagnosis, second: RunDiagnosis): DiagnosisComparison {
  const keys = questionKeys(second.questions);
  const others = new Map(second.questions.map((question, i) => [keys[i]!, question]));
  const pairs = questionKeys(first.questions).map((key, i): [QuestionDiagnosis, QuestionDiagnosis] => {
    const other = others.get(key);
    const one = first.questions[i]!;
    if (other === undefined) throw otherQuestions(first.run, second.run, one.question);
    others.delete(key);
    return [one, other];
  });
  const [alone] = others.values();
  if (alone !== undefined) throw otherQuestions(second.run, first.run, alone.question);
  const count = (holds: (question: QuestionDiagnosis) => boolean): SideBySide => {
    const [a, b] = [pairs.map(([one]) => holds(one)), pairs.map(([, other]) => holds(other))];
    const sum = (of: (i: number) => boolean): number => pairs.filter((_, i) => of(i)).length;
    return {
      first: sum((i) => a[i]!),
      second: sum((i) => b[i]!),
      both: sum((i) => a[i]! && b[i]!),
      onlyFirst: sum((i) => a[i]! && !b[i]!),
      onlySecond: sum((i) => !a[i]! && b[i]!),
    };
  };
  const has = (kind: DiagnosisKind) =>
    count(({ findings }) => findings.some((finding) => finding.kind === kind));
  return {
    first: first.run,
    second: second.run,
    questions: pairs.length,
    right: count(({ right }) => right === true),
    byKind: Object.fromEntries(DIAGNOSIS_KINDS.map((kind) => [kind, has(kind)])) as Record<
      DiagnosisKind,
      SideBySide
    >,
  };
}

function otherQuestions(run: string, other: string, question: string): ToolkenError {
  const shown = question.length > 80 ? `${question.slice(0, 80)}…` : question;
  return new ToolkenError(
    "RECORD_INVALID",
    `Expected runs over the same questions but ${other} lacks ${JSON.stringify(shown)} of ${run}`,
    { hint: "Diagnose the runs one by one, or run both over one file of questions." },
  );
}
