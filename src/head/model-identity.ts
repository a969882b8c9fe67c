// A head is only meaningful for the model whose hidden states it was trained on; this is how the two are compared.
import { ToolkenError } from "../errors.js";

/** What tells one model from another. */
export interface ModelIdentity {
  readonly architecture: string;
  readonly name: string;
  /** d, the hidden size. */
  readonly embeddingLength: number;
  /** V */
  readonly vocabularySize: number;
  /** SHA-256 of the model's file, lower-case hex; null when it is not known. */
  readonly fingerprint: string | null;
}

/** The model that a head was trained on, as its file tells. */
export interface HeadModelFacts extends ModelIdentity {
  readonly fileName?: string;
}

/**
 * Compares two models, of which `trained` is the one that `subject` (as "head") belongs to.
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
