// The page in headless Chromium: load, ask, see the call, no errors.
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { launch, type Browser, type Page } from "puppeteer-core";
import { defineTool, mathTools, Reranker, ToolHead, trainHead } from "../../../src/index.js";
import { loadTestModel, models } from "../../support/models.js";
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
  const reranker = await Reranker.load("nano");
  host = await startServer({ head, tools, reranker, advanced: { topTools: 64 }, contextSize: undefined });
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
  const problems = watched(page);
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
  t.regex(await textOf(page, "#reranks-table"), /addition|add.*taken/u);
  t.regex(await textOf(page, "#usage"), /Arguments[^]* ms/u);
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

const office = [
  ["weather", "Current weather of a city: rain, sun, wind and temperature."],
  ["mail", "Sends an e-mail message to a person."],
  ["music", "Plays a song or music by an artist."],
  ["calendar", "Adds an appointment or meeting to the calendar."],
].map(([name, description]) =>
  defineTool({
    name: name!,
    description: description!,
    inputSchema: { type: "object", properties: { place: { enum: ["Oslo", "Paris"] } }, required: ["place"] },
    execute: () => "done",
  }),
);

inBrowser("a head that decides on requests: its distribution and scores (needs Chromium)", async (t) => {
  const model = await loadTestModel(models.nano);
  const head = await trainHead(model, { tools: office, writer: false }).finally(() => model.dispose());
  const own = await startServer({ head, tools: office, parallel: 1 });
  t.teardown(own.close);
  const page = await browser!.newPage();
  const problems = watched(page);
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${own.url}/#question=What+is+the+current+weather+of+a+city%3F`);
  await page.waitForFunction("document.querySelectorAll('#tools tr').length === 5");
  await page.select("#choice", "required");
  await page.click("#send");
  await page.waitForFunction("document.querySelectorAll('#usage td.num').length > 3");
  t.regex(await textOf(page, "#step"), /^Step 1 of \d+: a call has 100\.0 %.*, taken: /u);
  t.regex(await textOf(page, "#outcomes"), /weather[^]*mail|mail[^]*weather/u);
  t.regex(await textOf(page, "#calls"), /Head: \w+ [^]*\("?.*place/u);
  t.regex(await textOf(page, "#usage"), /Decisions of the head\d+\d+ ms/u);
  await page.type("#sentence", "Play a song by this artist.");
  await page.click("#score button");
  // A row for each tool, one for none, and the heading.
  await page.waitForFunction("document.querySelectorAll('#scores tr').length === 6");
  t.regex(await textOf(page, "#scores"), /music[^]*no tool|no tool[^]*music/u);
  await picture(page, "decisions", 1280, "light");
  await picture(page, "decisions-phone", 390, "dark");
  t.deepEqual(problems, []);
});

/** Fills with what the page's console and network complain about. */
function watched(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("requestfailed", (request) => problems.push(request.url()));
  page.setDefaultTimeout(240_000);
  return problems;
}

function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => (element as unknown as { textContent: string }).textContent);
}

async function picture(page: Page, name: string, width: number, scheme: string): Promise<void> {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  if (pictures !== undefined)
    await page.screenshot({ path: join(pictures, `page-${name}.png`), fullPage: true });
}
