// Files say which version of the library wrote them.
import { readFileSync } from "node:fs";

let version: string | undefined;

/** The version in the package's package.json; "unknown" when the package was bundled without it. */
export function libraryVersion(): string {
  version ??= readVersion();
  return version;
}

function readVersion(): string {
  try {
    // dist/src/files/ -> the package's root
    const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
    const found = (JSON.parse(text) as { version?: unknown }).version;
    return typeof found === "string" ? found : "unknown";
  } catch {
    return "unknown";
  }
}
