// node-llama-cpp itself is an optional peer: what needs it says so when it is not installed.
import { ToolkenError } from "../errors.js";
import { packageFacts } from "../native/root.js";
import type * as Peer from "node-llama-cpp";

export type NodeLlamaCpp = typeof Peer;

/**
 * node-llama-cpp's API, loaded when it is first needed.
 *
 * @param what what needs it, for the message: "function calling"
 * @throws ToolkenError `BINARY_NOT_FOUND` when it is not installed or does not load
 */
export async function nodeLlamaCpp(what: string): Promise<NodeLlamaCpp> {
  try {
    return await import("node-llama-cpp");
  } catch (cause) {
    throw new ToolkenError("BINARY_NOT_FOUND", `Expected node-llama-cpp for ${what} but it does not load`, {
      cause,
      hint: `Run \`npm install node-llama-cpp@${packageFacts().llamaPackageVersion}\`.`,
    });
  }
}
