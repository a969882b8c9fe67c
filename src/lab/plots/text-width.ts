// Where no browser measures text, its width is looked up: the layout must be the same on every machine.

/** DejaVu Sans from U+0020 to U+007E, in hundredths of the font size: the widest font of the theme's stack. */
// prettier-ignore
const WIDTHS = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
  84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99,
  69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52,
  39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];
const OTHER = 70;
const BOLD = 1.13;

/** In pixels, at `size` pixels per em. */
export function textWidth(text: string, size: number, isBold: boolean): number {
  let hundredths = 0;
  for (const character of text) hundredths += WIDTHS[character.codePointAt(0)! - 0x20] ?? OTHER;
  return (hundredths / 100) * size * (isBold ? BOLD : 1);
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** The width of a mark's text, as vega asks for it. */
export function itemTextWidth(
  { fontSize = 11, fontWeight }: TextItem,
  text: string | null | undefined,
): number {
  const isBold = fontWeight === "bold" || Number(fontWeight) >= 600;
  return text === null || text === undefined ? 0 : textWidth(text, fontSize, isBold);
}
