// The names, things and places that fill the slots of wordings.

import type { Random } from "./random.js";

const women =
  "Amara Anna Beatriz Chloe Dana Elif Emma Fatima Freya Grace Hana Ines Ivy Jana Julia Kavya Lena Lucy Maria Maya Mei Mia Nadia Nina Noor Olga Olivia Petra Priya Rosa Ruth Sara Sofia Tess Uma Vera Wendy Yara Zoe Laura Megan Kate Alice Carla Sandra Jenny Linda Susan Melissa Joan";
const men =
  "Adam Ahmed Alex Ben Bruno Carlos Chen David Diego Emil Felix Finn George Hugo Ivan Jack Jamal John Jonas Kofi Leo Liam Luca Mark Mateo Nico Noah Omar Oscar Paul Peter Rafael Ravi Sam Samuel Sean Tariq Tom Victor Will Yusuf Ryan Mike James Robert Kevin Brian Eric Harry Jake";
const things =
  "apples oranges marbles stickers stamps coins cards books pencils pens erasers notebooks shells buttons beads balloons badges tickets tiles bricks nails screws bolts cookies cupcakes muffins candies chocolates eggs tomatoes potatoes onions carrots lemons peaches pears plums cherries nuts seeds flowers roses tulips bulbs plants trees chairs tables lamps plates cups glasses spoons bottles jars boxes baskets bags candles ribbons posters photos paintings magazines newspapers letters postcards comics puzzles toys dolls robots kites crayons brushes cables batteries chips sensors keyboards phones shirts socks hats gloves scarves towels pillows blankets bracelets rings necklaces keys masks flags bells rocks crystals fossils feathers leaves figurines magnets puppets whistles medals trophies umbrellas helmets bicycles tires pipes planks barrels crates parcels envelopes folders stones donuts bananas sandwiches pies loaves pancakes melons mangoes strawberries acorns";
const places =
  "shop|store|library|school|factory|warehouse|bakery|farm|museum|market|theater|stadium|hospital|hotel|restaurant|cinema|garden|park|zoo|office|laboratory|workshop|nursery|harbor|airport|station|kitchen|club|gallery|depot|bookstore|brewery|vineyard|print shop|toy shop|post office|greenhouse|quarry|gym|campsite";
const cities =
  "Avonlea|Brightwater|Cedar Falls|Dunmore|Eastport|Fairhaven|Glenview|Harlow|Ironbridge|Juniper|Kingsley|Lakeside|Millbrook|Northfield|Oakdale|Pinewood|Quarry Bay|Riverton|Springdale|Thornbury|Upton|Valley View|Westbrook|Yellow Creek|Ashford|Birchwood|Clearview|Riverside|Summit|Hillcrest";
const containers =
  "box boxes|bag bags|crate crates|basket baskets|tray trays|jar jars|carton cartons|bin bins|sack sacks|case cases|drawer drawers|shelf shelves|packet packets|bucket buckets|chest chests|pallet pallets|album albums|container containers";
const people =
  "students workers visitors children guests players members friends volunteers teachers passengers tourists employees customers runners singers dancers nurses farmers campers pupils fans residents soldiers engineers scouts teammates neighbors cousins colleagues";
const animals =
  "cows sheep goats chickens ducks geese horses pigs rabbits bees ants fish deer wolves bats owls penguins seals frogs turtles butterflies pigeons swans foxes birds elephants salmon otters llamas";
const foods =
  "rice|flour|sugar|wheat|corn|salt|coffee|tea|beans|cheese|butter|meat|honey|pasta|barley|oats|fruit|cocoa|grain|lentils|apples|potatoes|grapes|olives";
const liquids =
  "water|milk|oil|juice|paint|fuel|vinegar|syrup|lemonade|wine|petrol|diesel|soup|acid|cider|paraffin|detergent|glue";
const materials =
  "sand|gravel|cement|soil|coal|iron|copper|steel|wood|clay|salt|concrete|ore|glass|paper|wool|cotton|silver|aluminum|plastic";
const vehicles =
  "car|train|truck|bus|plane|ship|bicycle|motorcycle|van|boat|tractor|drone|helicopter|taxi|ferry|rocket";
const goods =
  "shirt|jacket|book|phone|laptop|camera|bicycle|watch|lamp|chair|table|guitar|backpack|ticket|toy|pizza|sandwich|coffee|notebook|pair of shoes|sofa|mirror|carpet|drill|radio|printer|tent|umbrella|blanket|keyboard|painting|clock|kettle|headset|scarf|vase|skateboard|drum|tablet|monitor";
const lengths = "meters|feet|centimeters|inches|miles|kilometers|yards";
const shortLengths = "meters|feet|centimeters|inches|yards";
const longLengths = "kilometers|miles|km";
const weights = "kilograms|grams|pounds|tons|ounces|kg";
const volumes = "liters|gallons|milliliters|pints|cups|barrels|quarts";
const times = "minutes|hours|days|weeks|seconds";
const days = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday";
const months = "January|February|March|April|May|June|July|August|September|October|November|December";
const jobs =
  "baker|farmer|gardener|builder|painter|plumber|teacher|tailor|driver|engineer|librarian|shopkeeper|carpenter|chef|mechanic|scientist|florist|potter|jeweler|coach|nurse|collector|manager|clerk|photographer|merchant|beekeeper|brewer";
const colors = "red|blue|green|yellow|white|black|orange|purple|brown|pink|gray|silver|golden";
const subjects = "math|history|science|music|art|biology|chemistry|physics|geography|English|spelling";
const sports =
  "soccer|tennis|basketball|hockey|chess|volleyball|baseball|cricket|rugby|swimming|cycling|handball";
const machines =
  "machine|pump|printer|oven|press|robot|engine|generator|conveyor belt|loom|saw|mill|copier|server|computer|bottling line|packing line|3D printer";

type Choices = Readonly<Record<string, readonly string[]>>;

const lists: Choices = {
  things: things.split(" "),
  place: places.split("|"),
  city: cities.split("|"),
  people: people.split(" "),
  animals: animals.split(" "),
  food: foods.split("|"),
  liquid: liquids.split("|"),
  material: materials.split("|"),
  vehicle: vehicles.split("|"),
  good: goods.split("|"),
  length: lengths.split("|"),
  short: shortLengths.split("|"),
  far: longLengths.split("|"),
  weight: weights.split("|"),
  volume: volumes.split("|"),
  time: times.split("|"),
  day: days.split("|"),
  month: months.split("|"),
  job: jobs.split("|"),
  color: colors.split("|"),
  subject: subjects.split("|"),
  sport: sports.split("|"),
  machine: machines.split("|"),
  box: containers.split("|"),
};

const everyone = [
  ...women.split(" ").map((name) => [name, "she", "her", "her"] as const),
  ...men.split(" ").map((name) => [name, "he", "his", "him"] as const),
];

/**
 * Fills the word slots of one story, the same word each time. `{name}` with `{he}`, `{his}`, `{him}`;
 * `{box}` with `{boxes}`; a figure asks for another word of the list (`{name2}`, `{things2}`).
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
    else this.#draw(slot, lists[list] ?? unknownSlot(slot));
    return this.#filled.get(slot) ?? (list === "name" ? this.#drawOther(slot) : unknownSlot(slot));
  }

  #drawPerson(): void {
    if (this.#filled.has("name")) return;
    const [name, he, his, him] = this.#random.pick(everyone);
    for (const [slot, word] of Object.entries({ name, he, his, him })) this.#filled.set(slot, word);
  }

  #drawOther(slot: string): string {
    const taken = new Set(this.#filled.values());
    const [name] = this.#random.pick(everyone.filter(([candidate]) => !taken.has(candidate)));
    this.#filled.set(slot, name);
    return name;
  }

  #drawContainer(): void {
    const [box, boxes] = this.#random.pick(lists.box!).split(" ");
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
