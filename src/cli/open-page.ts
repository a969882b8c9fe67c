import { spawn } from "node:child_process";

/** Shows a page in the user's browser: `BROWSER`, or the platform's own way. Calls `onError` where there is none. */
export function openPage(url: string, onError: (reason: string) => void): void {
  const [command, ...words] = opener();
  const child = spawn(command, [...words, url], { detached: true, stdio: "ignore" });
  child.on("error", (error) => {
    onError(error.message);
  });
  child.unref();
}

function opener(): readonly [string, ...string[]] {
  const { BROWSER: browser } = process.env;
  if (browser !== undefined && browser !== "") return [browser];
  switch (process.platform) {
    case "darwin":
      return ["open"];
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler"];
    default:
      return ["xdg-open"];
  }
}
