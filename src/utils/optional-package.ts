// Packages that few functions need are not installed with the library; what is missing is said with the way to get it.
import { ToolkenError } from "../errors.js";

/**
 * @param packages as in `npm install`: "vega vega-lite"
 * @param purpose what they are needed for: "Plots need"
 * @throws ToolkenError `PACKAGE_MISSING`
 */
export async function importOptional<T>(
  packages: string,
  purpose: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND";
    const reason = cause instanceof Error ? cause.message : String(cause);
    const found = isAbsent ? "not installed" : `not loaded: ${reason}`;
    throw new ToolkenError("PACKAGE_MISSING", `${purpose} ${packages.replaceAll(" ", " and ")}: ${found}`, {
      cause,
      hint: `Install with \`npm install ${packages}\`.`,
    });
  }
}
