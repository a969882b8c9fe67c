// Whether a kept result is there decides what a job still has to do.
import { access } from "node:fs/promises";

/** Whether anything is at the path that this process can see. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
