/** `add` of `<add>` and of `add`. */
export function bareToolName(name: string): string {
  const trimmed = name.trim();
  return trimmed.startsWith("<") && trimmed.endsWith(">") ? trimmed.slice(1, -1).trim() : trimmed;
}
