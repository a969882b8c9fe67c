// A file system of a few hundred kilobytes in memory, which only root can mount, and only on Linux.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room. */
  readonly fill: () => void;
  readonly empty: () => void;
  readonly setReadOnly: (on: boolean) => void;
}

// A test may name a small disk in TMPDIR.
const parent = tmpdir();

/** Undefined where none can be mounted. Goes when the test ends. */
export function smallDisk(t: ExecutionContext, kilobytes = 256): SmallDisk | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(parent, "toolken-disk-"));
  const mount = (...args: string[]): boolean => spawnSync("mount", args).status === 0;
  if (!mount("-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder)) return undefined;
  t.teardown(() => {
    spawnSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: () => {
      try {
        writeFileSync(ballast, Buffer.alloc(kilobytes * 1024));
      } catch {
        // The file has what there was room for.
      }
    },
    empty: () => {
      rmSync(ballast, { force: true });
    },
    setReadOnly: (on) => {
      mount("-o", `remount,${on ? "ro" : "rw"}`, folder);
    },
  };
}
