import test from "ava";
import { followUps } from "../../../src/training/definitions/follow-ups.js";
import { officeTools } from "./tools.js";

const NONE = officeTools.length;
const requests = [
  { text: "will it rain in Porto?", target: 0, input: { city: "Porto" } },
  { text: "put on some jazz", target: 4 },
];

test("after its call a request needs no tool, and of two the other remains", (t) => {
  const texts = followUps(officeTools, requests, 1);
  t.is(texts.length, 8);
  t.true(texts.every(({ source }) => source === "follow-up"));
  const shapes = texts.map(({ text, target }) => [
    typeof text === "string" ? [] : text.map(({ role }) => role).join(" "),
    target,
  ]);
  t.deepEqual(shapes.slice(0, 4), [
    ["user assistant tool", NONE],
    ["user", 0],
    ["user assistant tool", 4],
    ["user assistant tool assistant tool", NONE],
  ]);
  const [first] = texts;
  const call = { toolName: "get_weather", input: { city: "Porto" } };
  t.like(first!.text, { 0: { content: "will it rain in Porto?" }, 1: { toolCalls: [call] } } as never);
});

test("equal seeds give equal texts, one tool alone gives no pairs, many requests are limited", (t) => {
  t.deepEqual(followUps(officeTools, requests, 7), followUps(officeTools, requests, 7));
  t.is(followUps(officeTools, requests.slice(0, 1), 1).length, 1);
  const many = Array.from({ length: 1000 }, (_, i) => ({ text: `request ${i}`, target: i % 6 }));
  t.is(followUps(officeTools, many, 1).length, 4 * 160);
});
