// Tables in Markdown as Prettier writes them, so that a page that is made needs no formatting.

/** @param numbers whether a column stands right */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly boolean[],
): string {
  const escaped = [header, ...rows].map((row) => row.map((text) => text.replaceAll("|", "\\|")));
  const widths = header.map((_, column) => Math.max(3, ...escaped.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [first, ...rest] = escaped.map((row) =>
    line(
      row.map((text, column) =>
        numbers[column] === true ? text.padStart(widths[column]!) : text.padEnd(widths[column]!),
      ),
    ),
  );
  const rule = widths.map((width, column) =>
    numbers[column] === true ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [first!, line(rule), ...rest].join("\n");
}
