// Situations that raise a number to a power: growth, decline, doubling, squares and cubes, repeated choices.

import { declineOf, growthOf, measure, numbers, percent, small } from "../quantities.js";
import { story, type Story } from "../story.js";

const growth = numbers(
  { p: percent(1.2, 40), n: small(3, 40), f: growthOf("p") },
  ({ f, n }) => f! ** n! < 1e7,
);
const decline = numbers(
  { p: percent(1.2, 40), n: small(3, 25), f: declineOf("p") },
  ({ f, n }) => f! ** n! > 1e-4,
);
const choices = numbers({ a: small(4, 40), n: small(3, 12) }, ({ a, n }) => a! ** n! < 1e12);

export const powers: readonly Story[] = [
  story(
    "power/population",
    growth,
    "power(f,n)",
    [
      [
        "The population of {city} grows by {p} [every|each|per|a] year. By what factor [does|will] it grow in {n} years?",
        "A town's population increases {p} [per year|yearly|annually]. How many times [as large|larger] is it after {n} years?",
        "If a [population|colony|herd] grows {p} each year, [by how many times does it grow|what is the growth factor] over {n} years?",
      ],
      [
        "In {n} years[,|] [the population|it] grows by {=1} times.",
        "After {n} years it is {=1} times as large.",
        "The growth factor is {=1}.",
      ],
    ],
    [
      ["{n} years of growth at {p} a year: how many times its size has {city} reached?"],
      ["It has reached {=1} times its size."],
    ],
  ),
  story(
    "power/investment",
    growth,
    "power(f,n)",
    [
      [
        "[An investment|A deposit|A fund|A stock] [earns|gains|yields] {p} [a|per|every] year[, compounded yearly|]. By what factor does it grow in {n} years?",
        "{name} invests money at {p} [annual|yearly] interest. How many times the [original|initial] amount does {he} have after {n} years?",
        "With compound interest of {p} per year, what is one dollar worth after {n} years?",
      ],
      [
        "After {n} years[,|] [the money|it] is {=1} times [as much|the amount].",
        "The factor is {=1}.",
        "In {n} years it grows by {=1} times.",
      ],
    ],
    [
      [
        "The bank adds {p} to the balance every year. To how many times its value does the balance rise in {n} years?",
      ],
      ["In {n} years it rises to {=1} times its value."],
    ],
  ),
  story(
    "power/prices",
    growth,
    "power(f,n)",
    [
      [
        "Prices [rise|go up|increase] by {p} [a|every|per] year. How many times as [high|expensive] are they after {n} years?",
        "Inflation is {p} per year. By what factor do prices rise in {n} years?",
        "Rent [rises|increases] {p} [annually|every year]. By how many times will it increase in {n} years?",
      ],
      ["[In|After] {n} years[,|] prices are {=1} times as high.", "The factor is {=1}."],
    ],
    [
      ["A {good} gets {p} dearer each year. What multiple of its price does it cost {n} years later?"],
      ["It costs {=1} times its price."],
    ],
  ),
  story(
    "power/sales",
    growth,
    "power(f,n)",
    [
      [
        "The sales of a {place} grow {p} [each|every|per] [month|week|quarter]. By what factor do they grow in {n} [months|weeks|quarters]?",
        "The number of {people} [using an app|in a club] increases by {p} every [month|week]. How many times larger is it after {n} [months|weeks]?",
        "A [website|channel|page] gains {p} more [visitors|followers] every day. By how many times does it grow in {n} days?",
      ],
      ["[After|In] {n} [of them|periods], it grows by {=1} times.", "The factor is {=1}."],
    ],
    [
      ["If demand for {things} climbs {p} a month, what is its growth factor over {n} months?"],
      ["The growth factor comes to {=1}."],
    ],
  ),
  story(
    "power/decay",
    decline,
    "power(f,n)",
    [
      [
        "A {vehicle} loses {p} of its value [every|each|per] year. What [fraction|part|share] of its value is left after {n} years?",
        "The value of a {good} [falls|drops|decreases] by {p} [a|every|per] year. By what factor has it changed after {n} years?",
        "The population of {animals} [shrinks|declines|decreases] by {p} [every|each] year. What [fraction|part] remains after {n} years?",
      ],
      ["After {n} years[,|] {=1} [of it|of the value] [is left|remains].", "The fraction is {=1}."],
    ],
    [
      ["{p} of the {liquid} evaporates every hour. What part of it is there after {n} hours?"],
      ["There is {=1} of it."],
    ],
  ),
  story(
    "power/leak",
    decline,
    "power(f,n)",
    [
      [
        "A [battery|tank|balloon|tire] loses {p} of its [charge|content|air] every [day|hour]. What fraction remains after {n} [days|hours]?",
        "Each [filter|layer|pane] [blocks|absorbs|holds back] {p} of the light. What fraction passes {n} of them?",
        "[Every day|Each round] {p} of the {people} drop out. What fraction is left after {n} [days|rounds]?",
      ],
      ["The fraction is {=1}.", "[The part that remains|What is left] is {=1}."],
    ],
    [["A signal weakens by {p} per kilometer. What part arrives after {n} kilometers?"], ["{=1} arrives."]],
  ),
  story(
    "power/doubling",
    numbers({ n: small(9, 38) }),
    "power(2,n)",
    [
      [
        "A [colony of bacteria|virus count|rumor|number of cells] doubles [every|each] [hour|day|minute]. By what factor does it grow in {n} [hours|days|minutes]?",
        "One [cell|bacterium|grain] doubles {n} times. How many are there [then|at the end]?",
        "A coin is [tossed|flipped] {n} times. How many [different |]outcomes are possible?",
        "How many [subsets does a set of {n} elements have|different numbers can be written with {n} bits|true-false answer sheets are possible with {n} questions]?",
        "A sheet of paper is folded in half {n} times. How many layers are there?",
      ],
      ["[There are|It grows to|That is] {=1}[ in total|]."],
    ],
    [["{n} switches can each be on or off. How many settings exist?"], ["There exist {=1} settings."]],
  ),
  story(
    "power/tripling",
    numbers({ n: small(4, 22) }),
    "power(3,n)",
    [
      [
        "A [colony|population|number of followers] triples every [day|week|hour]. By what factor does it grow in {n} [days|weeks|hours]?",
        "{n} {sport} games can each be won, lost or drawn. How many [results|outcomes] are possible?",
        "Each person tells three others. How many people hear it in round {n}?",
      ],
      ["[It|The number] is {=1}."],
    ],
    [
      ["Every branch splits in three at each of {n} levels. How many branches are at the top?"],
      ["At the top are {=1}."],
    ],
  ),
  story(
    "power/codes",
    choices,
    "power(a,n)",
    [
      [
        "A [code|lock|password] has {n} places[, each with {a} possible symbols| and each place can have {a} values]. How many [codes|combinations|passwords] are possible?",
        "A lock has {n} dials with {a} [numbers|letters] each. How many combinations are there?",
        "How many [codes|words|sequences] of length {n} can be made from {a} [letters|symbols] if they may repeat?",
        "A test has {n} questions with {a} choices each. In how many ways can it be answered?",
      ],
      ["There are {=1}[ possible ones| combinations|]."],
    ],
    [
      ["{n} {people} each pick one of {a} meals. How many different orders can the kitchen get?"],
      ["The kitchen can get {=1} different orders."],
    ],
  ),
  story(
    "power/digits",
    numbers({ n: small(3, 9) }),
    "power(10,n)",
    [
      [
        "A [PIN|code|serial number] has {n} digits from 0 to 9. How many [PINs|codes|numbers] are possible?",
        "How many [codes|telephone numbers] of {n} digits are there[ if every digit is allowed|]?",
      ],
      ["There are {=1} possible [codes|numbers]."],
    ],
    [
      ["A safe opens with a {n}-digit number. How many numbers are there to try?"],
      ["To try are {=1} numbers."],
    ],
  ),
  story(
    "power/dice",
    numbers({ n: small(3, 14) }),
    "power(6,n)",
    [
      [
        "[A die is|Dice are] rolled {n} times. How many [outcomes|sequences] are possible?",
        "How many outcomes are there when {n} dice are thrown?",
      ],
      ["There are {=1} outcomes."],
    ],
    [
      ["{n} throws of a die are noted in order. How many different notes can there be?"],
      ["There can be {=1} different notes."],
    ],
  ),
  story(
    "power/square",
    numbers({ a: measure(13, 9_900) }),
    "power(a,2)",
    [
      [
        "A square [garden|field|room|tile|plate] has a side of {a} {short}. What is its area?",
        "What is the area of a square with sides of {a} {short}?",
        "What is {a} squared?",
        "What is the square of {a}?",
        "How many tiles are in a square with {a} tiles on each side?",
      ],
      ["[The area|It|The square] is {=1}[ square {short}|]."],
    ],
    [
      ["A square stage measures {a} {short} on every edge. How many square {short} is the stage?"],
      ["The stage is {=1} square {short}."],
    ],
  ),
  story(
    "power/cube",
    numbers({ a: measure(4, 900) }),
    "power(a,3)",
    [
      [
        "A cube has edges of {a} {short}. What is its volume?",
        "What is the volume of a [cube|cubic box|cubic tank] with sides of {a} {short}?",
        "What is {a} cubed?",
        "What is the cube of {a}?",
        "A big cube is made of small cubes, {a} along each edge. How many small cubes are there?",
      ],
      ["[The volume|It|The cube] is {=1}[ cubic {short}|]."],
    ],
    [
      ["How many cubic {short} fit into a cube-shaped pit of {a} {short}?"],
      ["Into it fit {=1} cubic {short}."],
    ],
  ),
  story(
    "power/plain",
    numbers({ a: measure(2, 90), n: small(3, 9) }, ({ a, n }) => a! ** n! < 1e11),
    "power(a,n)",
    [
      [
        "What is [{a} to the power of {n}|{a} raised to the power {n}|{a}^{n}|{a} to the {n}th power]?",
        "[Raise|Take] {a} to the power of {n}.",
        "[Calculate|Compute] {a}^{n}.",
      ],
      ["[The power|It|The result] is {=1}."],
    ],
    [
      ["If {a} is multiplied by itself so that it appears {n} times, what is the product?"],
      ["The product comes to {=1}."],
    ],
  ),
  story(
    "power/chain",
    numbers({ a: small(3, 30), n: small(3, 9) }, ({ a, n }) => a! ** n! < 1e11),
    "power(a,n)",
    [
      [
        "Each of {a} [{people}|families] sends {a} letters, and so on for {n} rounds. How many letters are sent in the last round?",
        "Every [box|bag] holds {a} smaller ones, {n} levels deep. How many of the smallest are there?",
        "A virus spreads: each person infects {a} others. How many new infections are there in generation {n}?",
      ],
      ["There are {=1}."],
    ],
    [
      ["A tree splits into {a} twigs at each of {n} forks. How many twigs does it end in?"],
      ["It ends in {=1} twigs."],
    ],
  ),
  story(
    "power/chance",
    numbers({
      p: percent(20, 98),
      f: (_r, q) => ({ numeral: String(Number((Number(q.p!.numeral) / 100).toFixed(4))), kind: "hidden" }),
      n: small(3, 9),
    }),
    "power(f,n)",
    [
      [
        "{name} hits with a probability of {p}. What is the probability that {he} hits {n} times in a row?",
        "The chance of [success|winning|rain] is {p} each [time|day]. What is the chance of {n} in a row?",
        "A part works with a probability of {p}. What is the probability that {n} such parts all work?",
      ],
      ["The [probability|chance] is {=1}."],
    ],
    [
      ["Each of {n} steps goes well with {p} certainty. How likely does everything go well?"],
      ["The likelihood is {=1}."],
    ],
  ),
];
