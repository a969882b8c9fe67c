// node-llama-cpp itself is an optional peer: what needs it says so when it is not installed.
import type * as Peer from "node-llama-cpp";
import { importOptional } from "../utils/optional-package.js";
import { packageFacts } from "../native/root.js";

export type NodeLlamaCpp = typeof Peer;

/**
 * node-llama-cpp's API, loaded when it is first needed.
 *
 * @param purpose what needs it: "Downloads need"
 * @throws ToolkenError `PACKAGE_MISSING`
 */
export function nodeLlamaCpp(purpose: string): Promise<NodeLlamaCpp> {
  const version = packageFacts().llamaPackageVersion;
  return importOptional(`node-llama-cpp@${version}`, purpose, () => import("node-llama-cpp"));
}
