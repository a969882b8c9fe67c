// What tests with programs of the system need.
import { execFileSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";

/** Whether a program is installed. @param flag what it prints its version for */
export function isInstalled(program: string, flag = "--version"): boolean {
  try {
    execFileSync(program, [flag], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
