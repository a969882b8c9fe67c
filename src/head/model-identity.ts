import { ToolkenError } from "../errors.js";
import type { ModelIdentity } from "../model/facts.js";

/** The model that a head was trained on, as recorded in its file. */
export interface HeadModelFacts extends ModelIdentity {
  readonly fileName?: string;
}

/**
 * Compares the model that `subject` (such as "head") was trained on with another.
 * Fingerprints decide when both are known, else architecture and vocabulary size.
 * @throws `MODEL_MISMATCH`: always for another hidden size, otherwise unless `force`
 */
export function assertSameModel(
  trained: ModelIdentity,
  other: ModelIdentity,
  subject: string,
  force = false,
): void {
  if (trained.embeddingLength !== other.embeddingLength) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `The ${subject} was trained on ${described(trained)} and does not fit ${described(other)}`,
      { hint: `Use that model, or train another ${subject}: a hidden size cannot be forced.` },
    );
  }
  if (force) return;
  const difference = differenceOf(trained, other);
  if (difference === null) return;
  throw new ToolkenError(
    "MODEL_MISMATCH",
    `The ${subject} was trained on ${described(trained)}, not on ${described(other)}: another ${difference}`,
    {
      hint: `Use that model, train another ${subject}, or pass force if both files hold the same weights (another quantization, say).`,
    },
  );
}

function differenceOf(a: ModelIdentity, b: ModelIdentity): string | null {
  if (a.fingerprint !== null && b.fingerprint !== null) {
    return a.fingerprint === b.fingerprint
      ? null
      : `file (${a.fingerprint.slice(0, 12)}…, not ${b.fingerprint.slice(0, 12)}…)`;
  }
  if (a.architecture !== b.architecture) return `architecture (${a.architecture}, not ${b.architecture})`;
  if (a.vocabularySize !== b.vocabularySize) {
    return `vocabulary size (${a.vocabularySize}, not ${b.vocabularySize})`;
  }
  return null;
}

function described(model: ModelIdentity): string {
  return `${JSON.stringify(model.name)} (${model.architecture}, hidden size ${model.embeddingLength})`;
}
