import test from "ava";
import {
  dropReason,
  DuplicateFilter,
} from "../../../../src/training/definitions/synthesis/request-filter.js";
import { cleanRequest } from "../../../../src/training/definitions/synthesis/writer.js";
import { officeTools } from "../tools.js";

const [weather] = officeTools;

for (const [request, reason] of [
  ["will it rain in Porto tomorrow?", undefined],
  ["weather porto", undefined],
  ["", "empty"],
  ["?? 12", "empty"],
  ["use get_weather for Porto", "names the tool"],
  ["Sure, I can look that up", "written by an assistant"],
  ["How can I help you today?", "written by an assistant"],
  ["what does this tool do", "about the tool"],
  ['{"city": "Porto"}', "not text of a request"],
  ["const x = get(1);", "not text of a request"],
  [`rain ${"and wind ".repeat(30)}`, "too long"],
] as const) {
  test(`${JSON.stringify(request.slice(0, 40))} is ${reason ?? "kept"}`, (t) => {
    t.is(dropReason(request, weather!, "casual"), reason);
  });
}

test("keywords are few", (t) => {
  t.is(
    dropReason("one two three four five six seven eight nine ten eleven", weather!, "keywords"),
    "too long",
  );
});

test("near duplicates are found", (t) => {
  const filter = new DuplicateFilter();
  t.true(filter.accepts("will it rain in Porto tomorrow?"));
  t.false(filter.accepts("Will it rain in Porto tomorrow"));
  t.true(filter.accepts("does the sun shine on the weekend"));
});

for (const [raw, request] of [
  [" how is it?\nUser: more", "how is it?"],
  ['1. "quoted words"', "quoted words"],
  ["Request: some  spaces", "some spaces"],
  ["\n\n- item", "item"],
  ["", ""],
] as const) {
  test(`${JSON.stringify(raw)} is cleaned`, (t) => {
    t.is(cleanRequest(raw), request);
  });
}
