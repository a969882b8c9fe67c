import type { RequestWriter, WritingJob } from "../../../src/training/index.js";

const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  get_weather: [
    "will it rain in Porto",
    "how cold does it get tonight",
    "do we need umbrellas",
    "sunny or cloudy at noon",
    "wind speed at the coast",
    "snow on the pass this week",
  ],
  convertCurrency: [
    "forty euros in yen",
    "what are my dollars worth in Oslo",
    "francs to pounds",
    "how many rupees for a hundred",
    "price of this in euros",
    "change my pesos please",
  ],
  send_mail: [
    "write to Ana that I am late",
    "let the office know by mail",
    "reply to Tom with thanks",
    "mail the minutes to all",
    "tell my landlord in writing",
    "drop a line to grandma",
  ],
  delete_mail: [
    "get rid of the newsletter",
    "clear that spam out",
    "throw away the old messages",
    "empty my inbox of ads",
    "remove what the shop wrote",
    "erase the last message",
  ],
  play_music: [
    "put on some jazz",
    "I want to hear the Beatles",
    "something calm for the evening",
    "next album please",
    "party songs now",
    "that tune from the film",
  ],
  hypotenuse: [
    "third side of a triangle with 3 and 4",
    "diagonal of 5 by 12",
    "longest side for legs 8 and 15",
    "how far across a 6 by 8 field",
    "right triangle, legs 7 and 24",
    "ladder length for 9 and 12",
  ],
};

/** Writes from a list, the first request of each tool with its name in it. */
export function listWriter(): RequestWriter & { readonly jobs: WritingJob[] } {
  const jobs: WritingJob[] = [];
  const next = new Map<string, number>();
  return {
    name: "list",
    jobs,
    write(job) {
      jobs.push(job);
      const { name } = job.tool;
      return Promise.resolve(
        job.tasks.map(() => {
          const at = next.get(name) ?? 0;
          next.set(name, at + 1);
          if (at === 0) return `use ${name} for me please`;
          return ` "${REQUESTS[name]![(at - 1) % 6]!}"\nand more`;
        }),
      );
    },
    dispose: () => Promise.resolve(),
  };
}
