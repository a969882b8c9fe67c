// Finds where a text ends: stop strings are cut off, patterns are kept up to the end of their match.

export class Stops {
  readonly #strings: readonly string[];
  readonly #patterns: readonly RegExp[];

  constructor(stops: readonly (string | RegExp)[]) {
    this.#strings = stops.filter((stop) => typeof stop === "string");
    // Without g and y: those patterns would remember where they stopped the last time.
    this.#patterns = stops
      .filter((stop) => stop instanceof RegExp)
      .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/gu, "")));
  }

  /** Length of the text to keep when it has ended, else undefined. */
  find(text: string): number | undefined {
    let end: number | undefined;
    for (const stop of this.#strings) {
      const at = text.indexOf(stop);
      if (at >= 0) end = Math.min(end ?? at, at);
    }
    for (const pattern of this.#patterns) {
      const match = pattern.exec(text);
      if (match !== null) end = Math.min(end ?? Infinity, match.index + match[0].length);
    }
    return end;
  }

  /** Length of the text that no stop string can still cut off, whatever comes next. */
  settled(text: string): number {
    let held = 0;
    for (const stop of this.#strings) {
      for (let length = Math.min(stop.length - 1, text.length); length > held; length--) {
        if (text.endsWith(stop.slice(0, length))) held = length;
      }
    }
    return text.length - held;
  }
}
