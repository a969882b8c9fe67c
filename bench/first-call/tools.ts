// Any number of tools with a name, a description and two parameters, as a real catalogue has them.
import { defineTool, type Tool } from "../../src/index.js";

const ACTIONS = (
  "archive assign audit book cancel check close compare confirm convert count create delete describe " +
  "estimate export fetch find forward import inspect list lock merge move open order pause plan print"
).split(" ");
const THINGS = (
  "account address alarm appointment article invoice camera contract course delivery device document event " +
  "flight folder guest hotel image lesson letter license meeting message order package parcel payment"
).split(" ");
const PLACES =
  "office warehouse school hospital library museum airport harbour station factory garden lab shop".split(
    " ",
  );

export interface ToolText {
  readonly name: string;
  readonly description: string;
}

/** JSON Schema of every tool's parameters; bounded, so that no answer runs on. */
export const PARAMETERS = {
  type: "object",
  properties: {
    number: { type: "integer", minimum: 1, maximum: 9999 },
    days: { type: "integer", minimum: 1, maximum: 9 },
  },
  required: ["number", "days"],
} as const;

/** The first `count` of 10,530 tools. */
export function toolTexts(count: number): ToolText[] {
  return Array.from({ length: count }, (_, i) => {
    const action = ACTIONS[i % ACTIONS.length]!;
    const thing = THINGS[Math.floor(i / ACTIONS.length) % THINGS.length]!;
    const place = PLACES[Math.floor(i / (ACTIONS.length * THINGS.length)) % PLACES.length]!;
    return {
      name: `${action}_${thing}_${place}`,
      description: `Use this to ${action} the ${thing} of the ${place} with this number, within so many days.`,
    };
  });
}

export function catalogue(count: number): Tool[] {
  return toolTexts(count).map(({ name, description }) =>
    defineTool({ name, description, parameters: PARAMETERS, execute: () => "done" }),
  );
}

export const QUESTION = "Please see to the invoice number 4711 within 3 days. What happens then?";
