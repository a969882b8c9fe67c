// What is wrong with a value, place by place: for people, and for the model that writes it once more.

/** Most problems that a message lists. */
const MAX_LISTED = 10;

export interface Problem {
  /** Keys and indices, parted by dots; empty for the whole value. */
  readonly path: string;
  readonly message: string;
}

/** `city must be string; days.0: too small` */
export function problemText(problems: readonly Problem[]): string {
  const texts = problems.map(({ path, message }) => {
    const place = path === "" ? "the arguments" : path;
    return `${place}${/^(must|can't) /.test(message) ? "" : ":"} ${message}`;
  });
  const distinct = [...new Set(texts)];
  const more = distinct.length - MAX_LISTED;
  return [...distinct.slice(0, MAX_LISTED), ...(more > 0 ? [`and ${more} more problems`] : [])].join("; ");
}
