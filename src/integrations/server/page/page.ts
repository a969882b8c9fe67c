import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** From dist/src/integrations/server/page to the package's root. */
const FILE = new URL("../../../../../pages/inspect.html", import.meta.url);

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
  const html = readFileSync(FILE, "utf8");
  const digest = (tag: string): string => {
    const text = new RegExp(`<${tag}>([^]*?)</${tag}>`, "u").exec(html)![1]!;
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  const policy = [
    "default-src 'none'",
    `script-src ${digest("script")}`,
    `style-src ${digest("style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { html, policy: policy.join("; ") };
}
