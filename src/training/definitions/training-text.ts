import type { Message } from "../../prompts/chat/messages.js";

export const SOURCES = ["definition", "synthetic", "real", "no-tool", "follow-up", "unlabelled"] as const;
export type TextSource = (typeof SOURCES)[number];

/** A text that a head learns from. */
export interface TrainingText {
  /** A request, or a conversation that goes on. */
  readonly text: string | readonly Message[];
  /** Index of the tool, K for "no tool", -1 for unlabelled text. */
  readonly target: number;
  readonly source: TextSource;
}
