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

test("an abort ends the wait", async (t) => {
  const signal = AbortSignal.timeout(50);
  const source = "{% for a in range(30000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}";
  await rejectsWith(t, renderTemplate(source, {}, signal), "ABORTED");
});
