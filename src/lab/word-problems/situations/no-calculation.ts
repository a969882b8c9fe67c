// Texts with numbers that need no arithmetic: the answer is one of the numbers, so that the head learns to wait.

import {
  count,
  measure,
  money,
  numbers,
  percent,
  small,
  three,
  two,
  year,
  type DrawAll,
} from "../quantities.js";
import { story, type Story } from "../story.js";

type Split = readonly [readonly string[], readonly string[]];

/** `copied` names the number that is the answer. */
function lookUp(id: string, copied: string, draw: DrawAll, train: Split, heldOut: Split): Story {
  return { ...story(id, draw, "", train, heldOut), copied };
}

export const lookUps: readonly Story[] = [
  lookUp(
    "none/height",
    "a",
    two(measure(3, 9_000)),
    [
      [
        "The [tower|bridge|tree] is {a} {short} [high|tall] and {b} {short} wide. How [high|tall] is it?",
        "A [tower|bridge|tree] {b} {short} wide and {a} {short} [high|tall] stands in {city}. What is its height?",
      ],
      ["It is {a} {short} [high|tall].", "[The|Its] height is {a} {short}."],
    ],
    [
      ["At {a} {short} tall and {b} {short} across, the monument of {city} is famous. How tall is it?"],
      ["The monument is {a} {short} tall."],
    ],
  ),
  lookUp(
    "none/width",
    "b",
    two(measure(3, 9_000)),
    [
      [
        "The [field|room|stage] is {a} {short} long and {b} {short} wide. How wide is it?",
        "A [wall|carpet|table] measures {a} {short} in length and {b} {short} in width. What is its width?",
      ],
      ["It is {b} {short} wide.", "[The|Its] width is {b} {short}."],
    ],
    [
      ["{a} {short} long, {b} {short} wide: such is the deck of the ship. What is the width of the deck?"],
      ["The deck is {b} {short} wide."],
    ],
  ),
  lookUp(
    "none/own-count",
    "a",
    two(count()),
    [
      [
        "{name} has {a} {things} and {b} {things2}. How many {things} does {name} have?",
        "{name} owns {a} {things}. {name2} owns {b}. How many {things} does {name} own?",
      ],
      ["{name} [has|owns] {a} {things}."],
    ],
    [
      ["In the drawer {name} keeps {a} {things} and {b} {things2}. How many {things} are in it?"],
      ["In it are {a} {things}."],
    ],
  ),
  lookUp(
    "none/other-count",
    "b",
    two(count()),
    [
      [
        "{name} has {a} {things} and {name2} has {b}. How many {things} does {name2} have?",
        "There are {a} {things} and {b} {things2} in the {place}. How many {things2} are there?",
      ],
      ["[There are|The number is] {b}[ of them|]."],
    ],
    [
      ["A {place} sells {a} {things} and {b} {things2} a year. How many {things2} does it sell a year?"],
      ["It sells {b} {things2}."],
    ],
  ),
  lookUp(
    "none/price",
    "b",
    numbers({ a: money(2, 900), b: money(2, 900) }),
    [
      [
        "A {good} costs {a} and a {good2} costs {b}. How much does the {good2} cost?",
        "The {good2} is {b}, the {good} {a}. What is the price of the {good2}?",
      ],
      ["The {good2} costs {b}.", "[The price|It] is {b}."],
    ],
    [
      ["Among the offers are a {good} for {a} and a {good2} for {b}. What does the {good2} cost?"],
      ["According to the offer, it costs {b}."],
    ],
  ),
  lookUp(
    "none/year",
    "a",
    numbers({ a: year(), b: count(200, 90_000) }),
    [
      [
        "The {place} was opened in {a} and has {b} visitors a year. When was it opened?",
        "{name} founded the club in {a}. It has {b} members. In which year was it founded?",
      ],
      ["It was [opened|founded] in {a}.", "That was in {a}."],
    ],
    [
      ["With {b} members today, the choir of {city} goes back to {a}. To which year does it go back?"],
      ["It goes back to {a}."],
    ],
  ),
  lookUp(
    "none/population",
    "a",
    numbers({ a: count(300, 900_000), b: measure(3, 900), y: year() }),
    [
      [
        "{city} has {a} inhabitants and covers {b} square kilometers. How many inhabitants does it have?",
        "In {y}, {city} had {a} inhabitants on {b} square miles. What was its population?",
      ],
      ["[The population is|It has|There are] {a}[ inhabitants|]."],
    ],
    [
      ["On {b} square miles live the {a} people of {city}. How many people live in {city}?"],
      ["In {city} live {a} people."],
    ],
  ),
  lookUp(
    "none/age",
    "b",
    numbers({ a: small(13, 90), b: small(13, 90) }),
    [
      [
        "{name} is {a} years old and {name2} is {b}. How old is {name2}?",
        "{name2}, who is {b}, plays {sport} with {name}, who is {a}. How old is {name2}?",
      ],
      ["{name2} is {b} years old."],
    ],
    [
      ["{name} ({a}) and {name2} ({b}) share a flat. What is the age of {name2}?"],
      ["The age of {name2} is {b}."],
    ],
  ),
  lookUp(
    "none/percent",
    "p",
    numbers({ a: count(200, 90_000), p: percent() }),
    [
      [
        "{p} of the {a} {people} voted for {name}. What percentage voted for {name}?",
        "In a survey of {a} {people}, {p} liked the {good}. What percentage liked it?",
      ],
      ["[The percentage is|It was] {p}."],
    ],
    [["Of {a} {things} tested, {p} passed. Which percentage passed?"], ["Passed have {p}."]],
  ),
  lookUp(
    "none/distance",
    "a",
    three(measure(3, 9_000)),
    [
      [
        "From {city} to {city2} it is {a} {far}, and to {city3} {b} {far}. How far is it from {city} to {city2}?",
        "{name} ran {a} {far} on {day} and {b} {far} on {day2}. How far did {name} run on {day}?",
      ],
      ["It [is|was] {a} {far}.", "[The distance is|It is] {a} {far}."],
    ],
    [
      ["A ship lies {a} {far} off {city} and {b} {far} off {city2}. How far off {city} is it?"],
      ["Off {city} it is {a} {far}."],
    ],
  ),
  lookUp(
    "none/weight",
    "a",
    two(measure(3, 9_000)),
    [
      [
        "A sack of {food} weighs {a} {weight} and a sack of {food2} {b} {weight}. How much does the sack of {food} weigh?",
        "The {place} stores {a} {weight} of {food} and {b} {weight} of {food2}. How much {food} does it store?",
      ],
      ["It is {a} {weight}.", "[The weight|The amount] is {a} {weight}."],
    ],
    [
      ["{a} {weight} of {food} and {b} {weight} of {food2} came by rail. How many {weight} of {food} came?"],
      ["By rail came {a} {weight}."],
    ],
  ),
  lookUp(
    "none/time",
    "b",
    numbers({ a: count(20, 900), b: measure(3, 900) }),
    [
      [
        "{name} solved {a} problems in {b} minutes. How many minutes did {he} need?",
        "The {vehicle} with {a} passengers needs {b} hours to {city}. How long does it need?",
      ],
      ["[It was|It takes|That took] {b}."],
    ],
    [["{name} typed {a} words and it took {b} minutes. How long did it take?"], ["It took {b} minutes."]],
  ),
  lookUp(
    "none/number",
    "a",
    two(count(10, 9_000)),
    [
      [
        "{name} lives at house number {a} and {name2} at number {b}. What is the number of {name}'s house?",
        "Bus {a} goes to {city} and bus {b} to {city2}. Which bus goes to {city}?",
        "Room {a} is for {subject} and room {b} for {subject2}. Which room is for {subject}?",
      ],
      ["It is number {a}.", "[The number|That] is {a}."],
    ],
    [
      ["Train {a} calls at {city}, train {b} at {city2}. Which train calls at {city}?"],
      ["At {city} calls train {a}."],
    ],
  ),
  lookUp(
    "none/temperature",
    "a",
    two(measure(3, 90)),
    [
      [
        "In {city} it is {a} degrees and in {city2} {b} degrees. How warm is it in {city}?",
        "On {day} it was {a} degrees, on {day2} {b} degrees. What was the temperature on {day}?",
      ],
      ["It [is|was] {a} degrees.", "The temperature [is|was] {a} degrees."],
    ],
    [["{city} reports {a} degrees, {city2} {b}. What does {city} report?"], ["{city} reports {a} degrees."]],
  ),
  lookUp(
    "none/score",
    "b",
    two(count(20, 9_000)),
    [
      [
        "{name} scored {a} points and {name2} {b}. What is {name2}'s score?",
        "The {sport} team got {a} points last year and {b} this year. How many did it get this year?",
      ],
      ["[The score is|It is|The team got] {b}[ points|]."],
    ],
    [
      ["With {a} points {name} is behind {name2}, who has {b}. How many points has {name2}?"],
      ["{name2} has {b} points."],
    ],
  ),
  lookUp(
    "none/capacity",
    "a",
    numbers({ a: measure(20, 9_000), b: measure(3, 90) }),
    [
      [
        "A tank holds {a} {volume} and is {b} years old. How much does it hold?",
        "The barrel from {city} holds {a} {volume} and weighs {b} kilograms empty. What is its capacity?",
      ],
      ["It holds {a} {volume}.", "The capacity is {a} {volume}."],
    ],
    [
      ["Though only {b} feet high, the cistern takes {a} {volume}. How much does it take?"],
      ["The cistern takes {a} {volume}."],
    ],
  ),
];
