import { homedir } from "node:os";
import { join } from "node:path";

/** The user's cache folder: XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "toolken");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "toolken");
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg === undefined || xdg === "" ? join(homedir(), ".cache") : xdg, "toolken");
}
