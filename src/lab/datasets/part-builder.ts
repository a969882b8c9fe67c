import { locationText, type TrainingExample } from "../../examples/example.js";
import { recordInvalid, type SourceRecord } from "../../examples/records.js";
import type { PreparedQuestion } from "./form.js";
import type { PreparedPart } from "./prepared.js";

export class PartBuilder implements PreparedPart {
  readonly examples: TrainingExample[] = [];
  readonly questions: PreparedQuestion[] = [];
  readonly #texts = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  constructor(readonly name: string) {}

  /** @returns where the same text with the same calls stands already, if it does */
  addExample(example: TrainingExample, record: SourceRecord): string | undefined {
    const key = JSON.stringify([example.text, example.calls.map(({ tool, start }) => [tool, start])]);
    const earlier = this.#texts.get(key);
    if (earlier !== undefined) return earlier;
    this.#texts.set(key, locationText(record.location));
    this.examples.push(example);
    return undefined;
  }

  addQuestion(question: Omit<PreparedQuestion, "id"> & { readonly id?: string }, record: SourceRecord): void {
    const id = `${this.name}-${question.id ?? String(this.questions.length)}`;
    const earlier = this.#ids.get(id);
    if (earlier !== undefined) {
      throw recordInvalid(
        record.location,
        `another id than ${earlier}`,
        "the record's id",
        question.id ?? id,
      );
    }
    this.#ids.set(id, locationText(record.location));
    this.questions.push({ ...question, id });
  }
}
