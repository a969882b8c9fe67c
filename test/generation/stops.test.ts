import test from "ava";
import { DEFAULT_STOPS } from "../../src/generation/options.js";
import { Stops } from "../../src/generation/stops.js";
import { Transcript } from "../../src/generation/transcript.js";

test("strings are cut off, patterns are kept", (t) => {
  const stops = new Stops(["END", /answer is \d+\./u]);
  t.is(stops.find("nothing yet"), undefined);
  t.is(stops.find("some END more"), 5);
  t.is(stops.find("the answer is 42. More"), 17);
  t.is(stops.find("the answer is 42. END"), 17);
});

test("patterns with state are used without it", (t) => {
  const stops = new Stops([/x/gu]);
  t.is(stops.find("ax"), 2);
  t.is(stops.find("ax"), 2);
});

test("text that may become a stop string is held back", (t) => {
  const stops = new Stops(["\nQ:", "stop"]);
  t.is(stops.settled("abc"), 3);
  t.is(stops.settled("abc\n"), 3);
  t.is(stops.settled("abc\nQ"), 3);
  t.is(stops.settled("best"), 2);
});

test("white space after a sentence is held back where a pattern may end there", (t) => {
  const stops = new Stops([/\d\.(?=\s+[A-Z])/u]);
  t.is(stops.settled("It is 5."), 8);
  t.is(stops.settled("It is 5. "), 8);
  t.is(stops.settled("It is "), 6);
  t.is(stops.find("It is 5. "), undefined);
  t.is(stops.find("It is 5. Q"), 8);
});

test("by default the line of the answer ends the text", (t) => {
  const stops = new Stops(DEFAULT_STOPS);
  t.is(stops.find(" So, the answer is 42."), undefined);
  t.is(stops.find(" So, the answer is 42.\n"), 22);
  t.is(stops.find("12 pages\n#### 12\n"), 16);
  t.is(stops.find(" So, the answer is 42. Q: If"), 22);
  t.is(stops.find(" So, the answer is 42.5 kg. The"), 27);
  t.is(stops.find(" So, the answer is 12 sq. ft. and"), undefined);
  t.is(stops.find(" The answer is unknown.\nLet me see"), undefined);
  t.is(stops.find("no idea\nQ: next"), 7);
});

test("a transcript keeps the text and its form with calls, also when it is cut", (t) => {
  const transcript = new Transcript();
  const call = (tool: string, argumentsText: string, result: string): void => {
    transcript.addCall(" ", {
      toolCallId: "call_0",
      toolName: tool,
      inputText: argumentsText,
      input: [],
      output: result,
      outputText: result,
      probability: 1,
    });
  };
  transcript.add("The sum is 2+3=");
  call("add", "2, 3", "5");
  transcript.add(" and twice that");
  call("multiply", "5, 2", "10");
  const { length } = transcript.text;
  transcript.add(".");
  t.is(transcript.text, "The sum is 2+3= 5 and twice that 10.");
  t.is(transcript.withCalls, "The sum is 2+3= <add>(2, 3)=5 and twice that <multiply>(5, 2)=10.");
  t.is(transcript.text.slice(transcript.calls[1]!.start, transcript.calls[1]!.end), "10");
  transcript.cut(length);
  t.is(transcript.text, "The sum is 2+3= 5 and twice that 10");
  t.is(transcript.withCalls, "The sum is 2+3= <add>(2, 3)=5 and twice that <multiply>(5, 2)=10");
  t.is(transcript.calls.length, 2);
});

test("what stands in a part that was put in ends nothing by itself", (t) => {
  const stops = new Stops(["\n\n", /answer is \d+/u]);
  const text = "See: a\n\nb, the answer is 5";
  const foreign = [{ start: 5, end: text.length }];
  t.is(stops.find(text), 6);
  t.is(stops.find(text, foreign), undefined);
  t.is(stops.find(`${text}7\n\n`, foreign), text.length + 1);
  t.is(stops.find(`${text} \n\n`, foreign), text.length + 1);
  // It begins before, or ends after the part.
  t.is(stops.find("\n\n", [{ start: 1, end: 2 }]), 0);
  t.is(stops.find("the answer is 5", [{ start: 14, end: 15 }]), 15);
  // Also when another part was put in after it.
  t.is(
    stops.find(`${text} and 7`, [...foreign, { start: text.length + 5, end: text.length + 6 }]),
    undefined,
  );
});
