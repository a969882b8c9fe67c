// Electron packs an application into app.asar; what the system must open as a file lies in app.asar.unpacked.
import { existsSync } from "node:fs";

/** The same path outside the archive when something is unpacked there, else the path itself. */
export function unpacked(path: string): string {
  const outside = path.replace(/\.asar(?=[\\/])/u, ".asar.unpacked");
  return outside !== path && existsSync(outside) ? outside : path;
}
