// After the digits of a number no tool is asked: its result would be added to them.

/** Whether a text ends in a number that the next token may go on with: `12`, `12.`, `1,`. */
export function endsInNumber(text: string): boolean {
  return /\d[.,]?$/u.test(text);
}
