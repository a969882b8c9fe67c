// The page in headless Chromium: load, ask, see the call, no errors.
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { launch, type Browser, type Page } from "puppeteer-core";
import { mathTools, ToolHead } from "../../../src/index.js";
import { startServer, type TestServer } from "../../support/server.js";

const programs = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = programs.find((path) => path !== undefined && existsSync(path));
/** A folder for pictures of the page. */
const pictures = process.env.TOOLKEN_PICTURES;

let host: TestServer;
let browser: Browser | undefined;
test.before(async () => {
  const head = await ToolHead.load("nano");
  const tools = mathTools.filter(({ name }) => head.has(name));
  host = await startServer({ head, tools, advanced: { topTools: 64 }, contextSize: undefined });
  if (executablePath === undefined) return;
  browser = await launch({
    executablePath,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    protocolTimeout: 240_000,
  });
});
test.after.always(async () => {
  await browser?.close();
  await host.close();
});

test.serial("the page allows no script but its own", async (t) => {
  const response = await fetch(host.url);
  t.is(response.status, 200);
  const policy = response.headers.get("content-security-policy")!;
  t.regex(policy, /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/u);
});

const inBrowser = executablePath === undefined ? test.serial.skip : test.serial;

inBrowser("a question is answered with its call, its steps and its tokens (needs Chromium)", async (t) => {
  const page = await browser!.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("requestfailed", (request) => problems.push(request.url()));
  page.setDefaultTimeout(240_000);
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(host.url);
  await page.waitForFunction("document.querySelectorAll('#tools tr').length > 10");
  await page.type("#question", "What is the sum of 13,289 and 7,899?");
  await page.click("#send");
  await page.waitForFunction("document.querySelectorAll('#usage td.num').length > 3");
  t.regex(await textOf(page, "#log"), /add\(.*\)=21,?188/u);
  t.regex(await textOf(page, "#calls"), /add\(.*\) · .* = 21,?188/u);
  t.regex(await textOf(page, "#step"), /a call has \d/u);
  t.regex(await textOf(page, "#outcomes"), /add/u);
  await page.focus("#line button[aria-pressed=true]");
  const before = await textOf(page, "#step");
  await page.keyboard.press("ArrowLeft");
  t.not(await textOf(page, "#step"), before);
  await page.keyboard.press("ArrowRight");
  t.is(await textOf(page, "#step"), before);
  await page.type("#sentence", "There are 12 boxes with 7 pens each. 12*7=");
  await page.click("#score button");
  await page.waitForFunction("document.querySelectorAll('#scores tr.tool').length > 10");
  await picture(page, "light", 1280, "light");
  await picture(page, "dark", 1280, "dark");
  await picture(page, "phone", 390, "light");
  const overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
  t.false(await page.evaluate(overflow));
  t.deepEqual(problems, []);
  const labels =
    "[...document.querySelectorAll('input,select,textarea')].filter((field) => field.labels.length === 0).length";
  t.is(await page.evaluate(labels), 0);
});

inBrowser("with the head off the model answers alone (needs Chromium)", async (t) => {
  const page = await browser!.newPage();
  page.setDefaultTimeout(240_000);
  await page.goto(host.url);
  await page.waitForFunction("document.querySelectorAll('#tools tr').length > 10");
  await page.click("#head");
  await page.type("#question", "What is the sum of 12 and 30?");
  await page.click("#send");
  await page.waitForFunction("document.querySelectorAll('#usage td.num').length > 1");
  t.is(await textOf(page, "#calls"), "No call.");
});

function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => (element as unknown as { textContent: string }).textContent);
}

async function picture(page: Page, name: string, width: number, scheme: string): Promise<void> {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  if (pictures !== undefined)
    await page.screenshot({ path: join(pictures, `page-${name}.png`), fullPage: true });
}
