import { recordInvalid } from "../examples/records.js";
import { type JsonObject, type LineLocation, ResumableFile } from "../utils/resumable-file.js";

type Generation = readonly [question: string, generation: string];

/** Generations by question: in memory and, with a path, in a resumable file. */
export class GenerationCache {
  readonly #generations: Map<string, string>;
  readonly #file: ResumableFile<Generation> | undefined;

  private constructor(file: ResumableFile<Generation> | undefined) {
    this.#generations = new Map(file?.cached.values());
    this.#file = file;
  }

  /** @throws what {@link ResumableFile.openWithHeader} throws. */
  static async open(path: string | undefined, settings: string): Promise<GenerationCache> {
    if (path === undefined) return new GenerationCache(undefined);
    const content = "generations of this model and prompt";
    return new GenerationCache(
      await ResumableFile.openWithHeader(path, { content, settings, read: readGeneration }),
    );
  }

  has(question: string): boolean {
    return this.#generations.has(question);
  }

  get(question: string): string {
    return this.#generations.get(question) ?? "";
  }

  async add(question: string, generation: string): Promise<void> {
    this.#generations.set(question, generation);
    await this.#file?.append({ question, generation });
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function readGeneration(value: JsonObject, location: LineLocation): Generation {
  const { question, generation } = value;
  if (typeof question === "string" && typeof generation === "string") return [question, generation];
  throw recordInvalid(location, "question and generation", "the line", value);
}
