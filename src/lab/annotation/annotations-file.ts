import { expected, ToolkenError } from "../../errors.js";
import {
  locationText,
  type RecordLocation,
  type TrainingExample,
  validateExample,
} from "../../examples/example.js";
import { type IndexedLine, type JsonObject, ResumableFile } from "../../utils/resumable-file.js";
import type { Annotation } from "./annotation.js";

export interface OpenAnnotationsOptions {
  readonly texts: readonly TrainingExample[];
  readonly settings: string;
  readonly resume: boolean;
}

/** @throws what {@link ResumableFile.openIndexed} throws. */
export function openAnnotations(
  path: string,
  { texts, settings, resume }: OpenAnnotationsOptions,
): Promise<ResumableFile<Annotation>> {
  return ResumableFile.openIndexed(path, {
    content: "annotated examples",
    item: "example",
    items: texts.map(({ text }) => text),
    settings,
    resume,
    read: readAnnotation,
  });
}

/** The line of an example: a training example with what resuming needs. */
export function annotationLine(index: number, settings: string, annotated: Annotation): object {
  const { example, marks, unmarked, leftOut } = annotated;
  const { id, text, questionEnd, calls } = example;
  return { id, text, questionEnd, calls, leftOut, annotation: { index, settings, marks, unmarked } };
}

interface Line {
  readonly text: string;
  readonly leftOut?: string;
  readonly annotation: Pick<Annotation, "marks" | "unmarked"> & {
    readonly index: number;
    readonly settings: string;
  };
}

function readAnnotation(value: JsonObject, location: RecordLocation): IndexedLine<Annotation> {
  const { text, leftOut, annotation } = value as unknown as Line;
  const { index, settings, marks, unmarked } = (annotation as Partial<Line["annotation"]> | undefined) ?? {};
  if (
    typeof text !== "string" ||
    index === undefined ||
    !Number.isSafeInteger(index) ||
    !Array.isArray(unmarked)
  ) {
    const problem = expected("an annotated example", "the line", value);
    throw new ToolkenError("RECORD_INVALID", `${locationText(location)}: ${problem}`, {
      hint: "Only files written by an annotation of this library can be resumed.",
    });
  }
  const record: Annotation = {
    example: validateExample(value, location),
    unmarked: unmarked as Annotation["unmarked"],
    ...(marks === undefined ? {} : { marks }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
  return { index, text, settings, record };
}
