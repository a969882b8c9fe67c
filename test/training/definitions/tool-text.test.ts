import test from "ava";
import { defineTool } from "../../../src/index.js";
import { toolText } from "../../../src/training/index.js";
import { identifierWords } from "../../../src/training/definitions/tool-words.js";
import { officeTools } from "./tools.js";

test("a name is split into words", (t) => {
  t.is(identifierWords("getHTTPForecast_by-city2"), "get http forecast by city 2");
  t.is(identifierWords("send.mail"), "send mail");
  t.is(identifierWords("größe_ändern"), "größe ändern");
});

test("a definition's text has name, description, parameters, values and examples", (t) => {
  t.is(
    toolText(officeTools[0]!).full,
    "get weather: Current weather and forecast for a city. Takes city (Name of the city); unit (one of celsius, fahrenheit).",
  );
  t.is(
    toolText(officeTools[1]!).full,
    "convert currency: Converts an amount of money from one currency into another. Takes amount; from; to. For example 20, EUR, JPY.",
  );
  t.regex(toolText(officeTools[2]!).full, /^send mail \(Mail\): .* Uses external services\.$/u);
  t.regex(toolText(officeTools[3]!).full, /May delete or overwrite\.$/u);
  t.regex(toolText(officeTools[5]!).full, /Takes a, b\.$/u);
});

test("a summary has name and description alone", (t) => {
  t.is(toolText(officeTools[0]!).summary, "get weather: Current weather and forecast for a city.");
});

test("a long text is cut at a word", (t) => {
  const tool = defineTool({ name: "long", description: "word ".repeat(400), parameters: { positional: 1 } });
  const { full } = toolText(tool);
  t.true(full.length <= 800);
  t.regex(full, / word$/u);
});
