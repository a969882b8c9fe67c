// A figure without its versions can't be repeated: what a run was computed with.
import { arch, cpus, platform } from "node:os";
import { loadAddon } from "../../native/load.js";
import { packageFacts } from "../../native/root.js";

export interface Versions {
  readonly toolken: string;
  readonly node: string;
  readonly llama: string;
  /** "linux-x64" */
  readonly platform: string;
  readonly cpu: string;
}

export async function versions(): Promise<Versions> {
  const addon = await loadAddon();
  return {
    toolken: packageFacts().version,
    node: process.versions.node,
    llama: addon.llamaVersion,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
  };
}
