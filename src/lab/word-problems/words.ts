import { readDataFile } from "../../utils/data-file.js";
import type { Random } from "./random.js";

/** A name with its pronouns. */
type Person = readonly [name: string, he: string, his: string, him: string];

let lists: Readonly<Record<string, readonly string[]>> | undefined;
let everyone: readonly Person[] | undefined;

/** Words by slot; `box` pairs singular and plural. */
function wordLists(): Readonly<Record<string, readonly string[]>> {
  lists ??= readDataFile(new URL("./data/words.json", import.meta.url)) as Record<string, string[]>;
  return lists;
}

function persons(): readonly Person[] {
  const { women, men } = wordLists();
  everyone ??= [
    ...women!.map((name) => [name, "she", "her", "her"] as const),
    ...men!.map((name) => [name, "he", "his", "him"] as const),
  ];
  return everyone;
}

/**
 * Fills the word slots of one story, the same word each time. `{name}` with `{he}`, `{his}`, `{him}`;
 * `{box}` with `{boxes}`; a digit asks for another word of the list (`{name2}`, `{things2}`).
 */
export class Words {
  readonly #random: Random;
  readonly #filled = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  get(slot: string): string {
    const first = slot.charAt(0);
    if (first !== first.toLowerCase()) return inUpperCase(this.get(first.toLowerCase() + slot.slice(1)));
    const known = this.#filled.get(slot);
    if (known !== undefined) return known;
    const list = slot.replace(/\d$/, "");
    if (list === "name" || list === "he" || list === "his" || list === "him") this.#drawPerson();
    else if (list === "box" || list === "boxes") this.#drawContainer();
    else this.#draw(slot, wordLists()[list] ?? unknownSlot(slot));
    return this.#filled.get(slot) ?? (list === "name" ? this.#drawOther(slot) : unknownSlot(slot));
  }

  #drawPerson(): void {
    if (this.#filled.has("name")) return;
    const [name, he, his, him] = this.#random.pick(persons());
    for (const [slot, word] of Object.entries({ name, he, his, him })) this.#filled.set(slot, word);
  }

  #drawOther(slot: string): string {
    const taken = new Set(this.#filled.values());
    const [name] = this.#random.pick(persons().filter(([candidate]) => !taken.has(candidate)));
    this.#filled.set(slot, name);
    return name;
  }

  #drawContainer(): void {
    const [box, boxes] = this.#random.pick(wordLists().box!).split(" ");
    this.#filled.set("box", box!);
    this.#filled.set("boxes", boxes!);
  }

  #draw(slot: string, list: readonly string[]): void {
    const taken = new Set(this.#filled.values());
    this.#filled.set(slot, this.#random.pick(list.filter((word) => !taken.has(word))));
  }
}

function unknownSlot(slot: string): never {
  throw new Error(`No list fills the slot {${slot}}`);
}

function inUpperCase(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
