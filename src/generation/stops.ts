// Finds where a text ends: stop strings are cut off, patterns are kept up to the end of their match.

export class Stops {
  readonly #strings: readonly string[];
  readonly #patterns: readonly RegExp[];

  constructor(stops: readonly (string | RegExp)[]) {
    this.#strings = stops.filter((stop) => typeof stop === "string");
    // Copies, as patterns with g and y remember where they stopped the last time; y would look at one place alone.
    this.#patterns = stops
      .filter((stop) => stop instanceof RegExp)
      .map(({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/gu, "")}g`));
  }

  /**
   * Length of the text to keep when it has ended, else undefined.
   * @param foreign parts that were put in: what stands in one of them alone ends nothing
   */
  find(
    text: string,
    foreign: readonly { readonly start: number; readonly end: number }[] = [],
  ): number | undefined {
    const isForeign = (start: number, end: number): boolean =>
      foreign.some((part) => start >= part.start && end <= part.end);
    let found: number | undefined;
    for (const stop of this.#strings) {
      let at = text.indexOf(stop);
      while (at >= 0 && isForeign(at, at + stop.length)) at = text.indexOf(stop, at + 1);
      if (at >= 0) found = Math.min(found ?? at, at);
    }
    for (const pattern of this.#patterns) {
      for (const match of text.matchAll(pattern)) {
        const end = match.index + match[0].length;
        if (isForeign(match.index, end)) continue;
        found = Math.min(found ?? end, end);
        break;
      }
    }
    return found;
  }

  /**
   * Length of the text that no stop string can still cut off, whatever comes next, and no pattern that ends with a
   * sentence: it is known to match by what follows the white space.
   */
  settled(text: string): number {
    const written = text.trimEnd();
    const endsSentence = this.#patterns.length > 0 && /[.!?]/u.test(written.slice(-1));
    let held = endsSentence ? text.length - written.length : 0;
    for (const stop of this.#strings) {
      for (let length = Math.min(stop.length - 1, text.length); length > held; length--) {
        if (text.endsWith(stop.slice(0, length))) held = length;
      }
    }
    return text.length - held;
  }
}
