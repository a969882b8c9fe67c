/** How a request is phrased; MetaTool (arXiv 2310.03128) and ToolSense (arXiv 2606.12451) vary the same way. */
export const STYLES = ["casual", "keywords", "detailed", "indirect"] as const;
export type RequestStyle = (typeof STYLES)[number];

/** What a writer is asked for. */
export const STYLE_DESCRIPTIONS: Readonly<Record<RequestStyle, string>> = {
  casual: "a short everyday message",
  keywords: "two to six search words, not a sentence",
  detailed: "one sentence with concrete values",
  indirect: "describes a situation or a wish without saying what to do",
};
