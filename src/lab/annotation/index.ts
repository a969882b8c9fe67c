export { annotate, type AnnotateOptions, type Annotations, type AnnotationSummary } from "./annotate.js";
export type { Annotation } from "./annotation.js";
export type { UnmarkedNumber, UnmarkedReason } from "./annotate-text.js";
export { readSolutions, type ReadSolutionsOptions, type Solutions } from "./solutions.js";
export { scoreAnnotations, type Agreement, type AnnotationPair, type AnnotationScore } from "./compare.js";
