// Folders are named after models, data and settings, in characters that every file system takes.

/** Letters, digits, `.`, `_`, `=`, `+` and `-`; runs of anything else become one `-`. At most 60 characters. */
export function slug(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._=+-]+/g, "-").replaceAll(/^[-.]+|-+$/g, "");
  return plain.slice(0, 60) || "unnamed";
}
