import { z } from "zod";

/** Name of the row that stands for "no tool"; tools cannot have it. */
export const NO_TOOL = "(no tool)";

export const decisionSchema = z.object({
  form: z.enum(["chat", "completion"]),
  before: z.string(),
  after: z.string(),
  falsePositiveRate: z.number().min(0).max(1).nullable(),
});

/**
 * How a head decides on a request: the softmax over all rows, {@link NO_TOOL} among them, of the hidden state at the
 * last token of a fixed text after the request.
 */
export interface HeadDecision {
  /**
   * "chat": the conversation is rendered by the chat template up to the assistant's turn, then comes `after`.
   * "completion": `before`, the request, `after`.
   */
  readonly form: "chat" | "completion";
  /** Text before the request; empty in a chat. */
  readonly before: string;
  /** Text after it; its last token's hidden state decides. */
  readonly after: string;
  /** Share of no-tool texts of the validation split that got a tool at the head's bias; null: not calibrated. */
  readonly falsePositiveRate: number | null;
}
