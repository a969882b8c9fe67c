import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** From dist/src/integrations/server/page to the package's root. */
const FOLDER = new URL("../../../../../pages/inspect/", import.meta.url);
const SCRIPTS = ["server.js", "steps.js", "chat.js"];

let page: { readonly html: string; readonly policy: string } | undefined;

/** The page at `/`: one file, whose script and style are the only ones that its policy allows. */
export function pageResponse(): Response {
  page ??= readPage();
  return new Response(page.html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": page.policy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
    },
  });
}

function readPage(): NonNullable<typeof page> {
  const read = (file: string): string => readFileSync(new URL(file, FOLDER), "utf8");
  const script = SCRIPTS.map(read).join("\n");
  const style = read("inspect.css");
  const html = read("inspect.html")
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace("<script></script>", () => `<script>${script}</script>`);
  const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${digest(script)}`,
    `style-src ${digest(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { html, policy: policy.join("; ") };
}
