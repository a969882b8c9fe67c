// A cell's folder says what the experiment varies: when that changes, what is finished is taken along, not computed again.
import { readdir, rename } from "node:fs/promises";
import { fileSystemError } from "../../utils/file-error.js";
import type { PlannedCell } from "./cell.js";
import { readJson, type RunFolder } from "./run-folder.js";

/** Gives folders of cells whose settings are the same the names that their cells have by now. @throws `IO` */
export async function renameCells(folder: RunFolder, cells: readonly PlannedCell[]): Promise<void> {
  const place = folder.file("cells");
  const planned = new Set(cells.map(({ name }) => name));
  try {
    const there = await readdir(place);
    for (const { name, digest } of cells) {
      if (there.includes(name)) continue;
      const ending = name.slice(name.lastIndexOf("--"));
      for (const other of there.filter((one) => one.endsWith(ending) && !planned.has(one))) {
        const settings = (await readJson(folder.file("cells", other, "cell.json"))) as
          { digest?: string } | undefined;
        if (settings?.digest !== digest) continue;
        await rename(folder.file("cells", other), folder.file("cells", name));
        there.splice(there.indexOf(other), 1, name);
        break;
      }
    }
  } catch (cause) {
    throw fileSystemError("read", place, cause);
  }
}
