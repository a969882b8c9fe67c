// Arguments in JSON under a schema: with drafts of what must come and what may be copied, and token by token.
import { createEngine, defineTool, type Engine } from "../../src/index.js";
import { Batcher } from "../../src/generation/batcher.js";
import type { BenchmarkCase } from "../case.js";
import { interleave, type Variant } from "../interleave.js";

const booking = defineTool({
  name: "book_table",
  description: "Books a table in a restaurant.",
  inputSchema: {
    type: "object",
    properties: {
      restaurant: { type: "string", description: "Name of the restaurant" },
      city: { type: "string" },
      people: { type: "integer", minimum: 1, maximum: 20 },
      date: { type: "string", format: "date" },
      seating: { enum: ["indoors", "outdoors"] },
    },
    required: ["restaurant", "city", "people", "date", "seating"],
    additionalProperties: false,
  },
});

const RESTAURANTS = ["The Golden Lion", "Casa Miguel", "Blue Harbour Kitchen", "Trattoria Bella Vista"];
const CITIES = ["Edinburgh", "Barcelona", "San Francisco", "Buenos Aires", "Thessaloniki"];

/** Requests of a turn; every turn has the same. */
const REQUESTS = Array.from(
  { length: 10 },
  (_, i) =>
    `Book a table ${i % 2 === 0 ? "outdoors" : "indoors"} at ${RESTAURANTS[i % RESTAURANTS.length]!} in ` +
    `${CITIES[i % CITIES.length]!} for ${i + 2} people on 2027-0${1 + (i % 9)}-1${i}.`,
);

export const argumentsCase: BenchmarkCase = async ({ model, threads, quick, repetitions }) => {
  await using engine = await createEngine(model, {
    tools: [booking],
    parallel: 1,
    contextSize: 2048,
    threads,
  });
  const requests = quick ? REQUESTS.slice(0, 3) : REQUESTS;
  const variant = (name: string, isDrafted: boolean): Variant => ({
    name,
    measure: () => (isDrafted ? rate(engine, requests) : withoutDrafts(() => rate(engine, requests))),
  });
  return [
    {
      name: "arguments",
      what: "argument tokens per second, from a call's beginning to its end",
      rival: "plain greedy decoding under the same grammar",
      measured: await interleave(
        variant("token by token", false),
        [variant("with drafts", true)],
        repetitions,
      ),
    },
  ];
};

async function rate(engine: Engine, requests: readonly string[]): Promise<number> {
  let tokens = 0;
  let milliseconds = 0;
  for (const content of requests) {
    let start = 0;
    const parts = engine.stream({
      messages: [{ role: "user", content }],
      toolChoice: { toolName: booking.name },
      maxSteps: 1,
    });
    for await (const part of parts) {
      if (part.type === "tool-input-start") start = performance.now();
      if (part.type === "tool-call") milliseconds += performance.now() - start;
      if (part.type === "finish") tokens += part.usage.details.argumentTokens;
    }
  }
  return (1000 * tokens) / milliseconds;
}

/** A decode without room for a draft takes one token. */
async function withoutDrafts<T>(run: () => Promise<T>): Promise<T> {
  const room = Object.getOwnPropertyDescriptor(Batcher.prototype, "room")!;
  Object.defineProperty(Batcher.prototype, "room", { configurable: true, get: () => 0 });
  try {
    return await run();
  } finally {
    Object.defineProperty(Batcher.prototype, "room", room);
  }
}
