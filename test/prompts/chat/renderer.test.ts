import { execFile } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { renderTemplate } from "../../../src/prompts/chat/renderer.js";
import { rejectsWith } from "../../support/errors.js";

test("a template sees its context", async (t) => {
  const source = "{% for message in messages %}[{{ message.role }}] {{ message.content }}{% endfor %}";
  t.is(await renderTemplate(source, { messages: [{ role: "user", content: "Hi" }] }), "[user] Hi");
});

const fails = test.macro<[string, RegExp]>({
  exec: async (t, source, message) => {
    await rejectsWith(t, renderTemplate(source, {}), "CHAT_TEMPLATE_FAILED", message);
    t.is(await renderTemplate("{{ 1 + 1 }}", {}), "2");
  },
  title: (what) => `${what ?? ""} fails alone`,
});

test(
  "a template that throws",
  fails,
  '{{ raise_exception("roles must alternate") }}',
  /roles must alternate/,
);
test("a syntax error", fails, "{% for %}", /template/);
test("a template of 10 MB", fails, " ".repeat(10 * 2 ** 20), /limit/);
test.serial(
  "a template that loops",
  fails,
  "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
  /5000 ms|thread|memory/i,
);
test(
  "endless output",
  fails,
  '{% for a in range(2000) %}{{ "x" * 10000 }}{{ "0123456789" ~ "0123456789" }}{% endfor %}{{ undefined_function() }}',
  /template/,
);

test(
  "a template that recurses",
  fails,
  "{% macro x() %}{{ self.x() }}{{ x() }}{% endmacro %}{{ x() }}",
  /template/,
);
test("a template that nests", fails, `{{ ${"(".repeat(100_000)} }}`, /template/);
test.serial("a template that takes the memory", fails, "{{ range(1000000000000) }}", /memory|ms/);
test(
  "a template that asks for JavaScript",
  fails,
  "{{ messages.constructor.constructor('1')() }}",
  /template/,
);

test("a context that can't be copied fails alone", async (t) => {
  await rejectsWith(t, renderTemplate("", { value: () => 1 }), "CHAT_TEMPLATE_FAILED", /clone/);
  t.is(await renderTemplate("{{ 1 + 1 }}", {}), "2");
});

test("the thread neither keeps the process alive nor takes over its flags", async (t) => {
  const module = new URL("../../../src/prompts/chat/renderer.js", import.meta.url).href;
  const script = `const { renderTemplate } = await import(${JSON.stringify(module)});
    console.log(await renderTemplate("{{ 1 + 1 }}", {}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  t.is(stdout, "2\n");
});

test("an abort ends the wait", async (t) => {
  const signal = AbortSignal.timeout(50);
  const source = "{% for a in range(30000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}";
  await rejectsWith(t, renderTemplate(source, {}, signal), "ABORTED");
});
