// The ways in which a run parts from gold, and their names in tables and pictures.

/** In the order in which a run can go wrong. */
export const DIAGNOSIS_KINDS = [
  "missedCall",
  "spuriousCall",
  "wrongTool",
  "wrongArguments",
  "failedExecution",
  "stoppedEarly",
  "wrongAnswer",
  "unexplained",
] as const;
export type DiagnosisKind = (typeof DIAGNOSIS_KINDS)[number];

export const DIAGNOSIS_NAMES: Readonly<Record<DiagnosisKind, string>> = {
  missedCall: "missed call",
  spuriousCall: "false positive",
  wrongTool: "wrong tool",
  wrongArguments: "wrong arguments",
  failedExecution: "failed execution",
  stoppedEarly: "stopped early",
  wrongAnswer: "right calls, wrong answer",
  unexplained: "wrong, reference calls unknown",
};
