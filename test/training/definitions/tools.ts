import { defineTool, type Tool } from "../../../src/tools/index.js";

/** Six tools of different fields, two of them alike. */
export const officeTools: readonly Tool[] = [
  defineTool({
    name: "get_weather",
    description: "Current weather and forecast for a city",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string", description: "Name of the city." },
        unit: { type: "string", enum: ["celsius", "fahrenheit"] },
      },
      required: ["city"],
    },
  }),
  defineTool({
    name: "convertCurrency",
    description: "Converts an amount of money from one currency into another.",
    parameters: {
      type: "object",
      properties: {
        amount: { type: "number", minimum: 5, maximum: 10 },
        from: { type: "string" },
        to: { type: "string" },
      },
      required: ["amount", "from", "to"],
    },
    inputExamples: [{ input: { amount: 20, from: "EUR", to: "JPY" } }],
  }),
  defineTool({
    name: "send_mail",
    description: "Sends an e-mail to a person.",
    parameters: {
      type: "object",
      properties: { to: { type: "string", format: "email" }, body: { type: "string" } },
    },
    annotations: { title: "Mail", openWorldHint: true },
  }),
  defineTool({
    name: "delete_mail",
    description: "Deletes an e-mail from the mailbox.",
    parameters: { type: "object", properties: { id: { type: "integer" } } },
    annotations: { destructiveHint: true },
  }),
  defineTool({
    name: "play_music",
    description: "Plays a song, an album or a playlist.",
    parameters: { type: "object", properties: { title: { type: "string" } } },
  }),
  defineTool({
    name: "hypotenuse",
    description: "Length of the longest side of a right triangle.",
    parameters: { positional: ["a", "b"] },
  }),
];
