// Situations that divide: sharing, packing, rates, averages, unit changes.

import { count, larger, measure, money, numbers, oftenMultipleOf, small } from "../quantities.js";
import { story, type Story } from "../story.js";

const shared = numbers({ b: count(3, 900), a: oftenMultipleOf("b") }, ({ a, b }) => a! > 2 * b!);

export const divisions: readonly Story[] = [
  story(
    "divide/share",
    shared,
    "divide(a,b)",
    [
      [
        "{name} [shares|divides|splits] {a} {things} [equally|evenly|fairly] [among|between] {b} {people}. How many {things} does each [one |]get?",
        "{b} {people} share {a} {things} equally. How many does each get?",
        "If {a} {things} are [shared|divided] equally among {b} {people}, how many does [each|every one|one] get?",
        "How many {things} does each of {b} {people} get if there are {a} {things}[ to share|]?",
      ],
      ["Each [one |]gets {=1} {things}.", "[That is|There are] {=1} {things} for each."],
    ],
    [
      ["{a} {things} are handed out in equal parts to {b} {people}. What does one of them receive?"],
      ["One of them receives {=1} {things}."],
    ],
  ),
  story(
    "divide/pack",
    shared,
    "divide(a,b)",
    [
      [
        "{name} [packs|puts] {a} {things} into {boxes} of {b}. How many {boxes} [are needed|does {he} need|can {he} fill]?",
        "Each {box} holds {b} {things}. How many {boxes} are needed for {a} {things}?",
        "How many {boxes} of {b} {things} can be filled with {a} {things}?",
        "{b} {things} fit in[to|] one {box}. {name} has {a}. How many {boxes} does {he} need?",
      ],
      ["[{name} needs|That is|There are] {=1} {boxes}."],
    ],
    [
      ["In order to store {a} {things} with {b} to a {box}, what number of {boxes} does it take?"],
      ["It takes {=1} {boxes}."],
    ],
  ),
  story(
    "divide/per-box",
    shared,
    "divide(a,b)",
    [
      [
        "{a} {things} are packed in {b} {boxes}, the same number in each. How many {things} are in one {box}?",
        "There are {a} {things} in {b} equal {boxes}. How many are in each?",
        "{name} [puts|places] {a} {things} [equally|evenly] into {b} {boxes}. How many does each {box} hold?",
      ],
      ["Each {box} holds {=1} {things}.", "[There are|In each are] {=1} {things}."],
    ],
    [
      ["{b} equally full {boxes} hold {a} {things} together. Find the content of one."],
      ["One holds {=1} {things}."],
    ],
  ),
  story(
    "divide/rows",
    shared,
    "divide(a,b)",
    [
      [
        "{a} {people} [stand|sit] in rows of {b}. How many rows are there?",
        "{name} plants {a} {things} in {b} [equal |]rows. How many are in [each|one] row?",
        "A hall has {a} seats in {b} rows. How many seats [are in a row|does each row have]?",
      ],
      ["[There are|Each row has|That is] {=1}."],
    ],
    [["With {b} per row, how many rows do {a} {things} make?"], ["They make {=1} rows."]],
  ),
  story(
    "divide/unit-price",
    numbers({ b: count(3, 900), a: money(30, 90_000) }),
    "divide(a,b)",
    [
      [
        "{b} {things} cost {a}. [How much does one cost|What is the price of one|What does each cost]?",
        "{name} pays {a} for {b} {things}. What does [one|each] cost?",
        "What is the price [per piece|of one] if {b} {things} cost {a}?",
      ],
      ["[One costs|Each costs|The price is] {=1} dollars."],
    ],
    [
      ["A set of {b} {things} sells for {a}. Find the price of a single piece."],
      ["A single piece is {=1} dollars."],
    ],
  ),
  story(
    "divide/how-many-for",
    numbers({ b: money(1, 300), a: money(30, 90_000) }, ({ a, b }) => a! > 2 * b!),
    "divide(a,b)",
    [
      [
        "{name} has {a}. One {good} costs {b}. How many can {he} buy?",
        "How many {things} at {b} each can you buy for {a}?",
        "A {job} took in {a} by selling {things} at {b} each. How many were sold?",
        "{name} saves {b} a week. [How many weeks|How long] does it take to save {a}?",
      ],
      ["[{name} can buy|That is|It takes] {=1}."],
    ],
    [["With a budget of {a}, for how many items at {b} does it suffice?"], ["It suffices for {=1} items."]],
  ),
  story(
    "divide/split-bill",
    numbers({ b: small(3, 60), a: money(30, 9_000) }),
    "divide(a,b)",
    [
      [
        "{b} {people} [share|split] a bill of {a}[ equally| evenly|]. How much does each pay?",
        "A prize of {a} is shared equally by {b} winners. How much does each get?",
        "{name} pays {a} in {b} equal [installments|parts|payments]. How much is [each|one]?",
      ],
      ["[Each pays|Each gets|It is] {=1} dollars."],
    ],
    [
      ["The rent of {a} is borne by {b} roommates in equal parts. What is the part of one?"],
      ["The part of one is {=1} dollars."],
    ],
  ),
  story(
    "divide/wage",
    numbers({ b: measure(3, 400), a: money(50, 90_000) }),
    "divide(a,b)",
    [
      [
        "{name} earned {a} in {b} hours. How much [is that per|did {he} earn per|did {he} earn an] hour?",
        "A {job} gets {a} for {b} days of work. How much is that per day?",
        "If {a} are earned in {b} hours, what is the hourly wage?",
      ],
      ["[It is|The wage is|That is] {=1} dollars."],
    ],
    [["What hourly rate gives {a} for {b} hours?"], ["The rate is {=1} dollars."]],
  ),
  story(
    "divide/speed",
    numbers({ a: measure(20, 9_000), b: measure(2, 90) }),
    "divide(a,b)",
    [
      [
        "A {vehicle} [travels|drives|covers] {a} {far} in {b} hours. What is its [average |]speed?",
        "{name} [runs|walks|cycles] {a} meters in {b} minutes. How many meters is that per minute?",
        "What is the speed of a {vehicle} that needs {b} hours for {a} {far}?",
      ],
      ["[The|Its] speed is {=1}[ {far} per hour|].", "[It is|That is] {=1}."],
    ],
    [
      ["{b} hours after the start, a {vehicle} is {a} {far} away. How fast was it on average?"],
      ["On average it did {=1} {far} per hour."],
    ],
  ),
  story(
    "divide/travel-time",
    numbers({ a: measure(50, 9_000), b: measure(3, 400) }),
    "divide(a,b)",
    [
      [
        "A {vehicle} travels at {b} {far} per hour. How [long|many hours] does it need for {a} {far}?",
        "How long does it take to [drive|go|cover] {a} {far} at {b} {far} per hour?",
        "{name} [walks|swims|runs] {b} meters per minute. How many minutes does {he} need for {a} meters?",
      ],
      ["It [takes|needs] {=1} hours.", "[That takes|The time is] {=1}."],
    ],
    [
      ["To reach {city}, {a} {far} away, at a pace of {b} {far} per hour, what time is necessary?"],
      ["Necessary are {=1} hours."],
    ],
  ),
  story(
    "divide/rate",
    shared,
    "divide(a,b)",
    [
      [
        "A {machine} makes {a} {things} in {b} [hours|minutes|days]. How many does it make [per|in one|in an] [hour|minute|day]?",
        "A {machine} makes {b} {things} per [hour|minute|day]. How long does it take to make {a}?",
        "{name} [reads|types] {b} pages a day. How many days does {he} need for {a} pages?",
        "{name} read {a} pages in {b} days. How many pages is that per day?",
      ],
      ["[That is|It takes|It makes|It is] {=1}."],
    ],
    [["A job of {a} {things} is done at {b} {things} a day. How many days go by?"], ["{=1} days go by."]],
  ),
  story(
    "divide/average",
    numbers({ b: small(3, 60), a: count(100, 90_000) }),
    "divide(a,b)",
    [
      [
        "In {b} [games|days|weeks|tests|months] {name} [got|scored|collected] {a} points. What is {his} average?",
        "{b} {people} weigh {a} kilograms together. What is their average weight?",
        "The {place} had {a} visitors in {b} days. How many visitors [came per day on average|is that per day]?",
        "What is the average of {b} numbers whose sum is {a}?",
      ],
      ["The average is {=1}."],
    ],
    [["The sum of {b} measurements is {a}. What is their mean?"], ["The mean is {=1}."]],
  ),
  story(
    "divide/cut",
    numbers({ a: measure(20, 9_000), b: measure(2, 60) }, ({ a, b }) => a! > 3 * b!),
    "divide(a,b)",
    [
      [
        "A [rope|board|pipe|ribbon|cable] of {a} {short} is cut into pieces of {b} {short}. How many pieces are there?",
        "How many pieces of {b} {short} can be cut from {a} {short} of [rope|wire|cloth]?",
        "Posts stand {b} {short} apart along a road of {a} {short}. How many gaps are there?",
      ],
      ["There are {=1}[ pieces|].", "[It gives|That is] {=1} pieces."],
    ],
    [
      [
        "From {a} {short} of ribbon, bows are made that take {b} {short} each. How many bows is it enough for?",
      ],
      ["It is enough for {=1} bows."],
    ],
  ),
  story(
    "divide/equal-pieces",
    numbers({ b: small(3, 60), a: measure(20, 9_000) }),
    "divide(a,b)",
    [
      [
        "A [rope|board|pipe|ribbon|cable] of {a} {short} is cut into {b} equal pieces. How long is each[ piece|]?",
        "A [race|road|trip] of {a} {far} is divided into {b} equal [stages|parts|sections]. How long is one?",
      ],
      ["Each is {=1} [long|in length].", "One is {=1} long."],
    ],
    [
      ["{b} parts of the same length are made from {a} {short} of wire. What is the length of a part?"],
      ["The length of a part is {=1} {short}."],
    ],
  ),
  story(
    "divide/pour",
    numbers({ b: small(3, 90), a: measure(20, 9_000) }),
    "divide(a,b)",
    [
      [
        "{a} {volume} of {liquid} are [poured|filled] into {b} equal [bottles|cans|barrels]. How much is in each?",
        "{name} divides {a} {weight} of {food} among {b} {boxes}. How many {weight} are in each {box}?",
        "{b} {animals} eat {a} {weight} of {food}. How much does one eat?",
      ],
      ["[Each holds|In each are|One eats] {=1}."],
    ],
    [
      ["{a} {weight} of {food} must last for {b} days. How much is it per day?"],
      ["Per day it is {=1} {weight}."],
    ],
  ),
  story(
    "divide/consume",
    numbers({ a: measure(50, 9_000), b: measure(2, 90) }, ({ a, b }) => a! > 3 * b!),
    "divide(a,b)",
    [
      [
        "A {place} uses {b} {weight} of {food} a day. How many days do {a} {weight} last?",
        "A tank of {a} {volume} is filled at {b} {volume} per minute. How [long|many minutes] does it take?",
        "One glass holds {b} {volume}. How many glasses can be filled with {a} {volume}?",
        "A recipe needs {b} grams of {food}. How many times can it be made with {a} grams?",
      ],
      ["[They last|It takes|That is] {=1}."],
    ],
    [
      [
        "The stock of {a} {volume} of {liquid} shrinks by {b} {volume} every day. After how many days is it gone?",
      ],
      ["It is gone after {=1} days."],
    ],
  ),
  story(
    "divide/half",
    numbers({ a: count(130, 99_999) }),
    "divide(a,2)",
    [
      [
        "{name} gives half of {his} {a} {things} to {name2}. How many does {name2} get?",
        "What is half of {a}?",
        "Half of the {a} {people} [left|went home|voted]. How many is that?",
      ],
      ["[{name2} gets|That is|Half is] {=1}."],
    ],
    [
      ["The {place} keeps only half of its {a} {things}. How many does it keep?"],
      ["It keeps {=1} {things}."],
    ],
  ),
  story(
    "divide/third",
    numbers({ a: count(130, 99_999) }),
    "divide(a,3)",
    [
      [
        "A third of the {a} {people} are children. How many children are there?",
        "What is one third of {a}?",
        "{name} ate a third of {his} {a} {things}. How many is that?",
      ],
      ["[That is|There are|It is] {=1}."],
    ],
    [["One in three of {a} {things} is {color}. How many are {color}?"], ["{=1} are {color}."]],
  ),
  story(
    "divide/quarter",
    numbers({ a: count(130, 99_999) }),
    "divide(a,4)",
    [
      [
        "A quarter of the {a} {people} are [men|teachers|members]. How many is that?",
        "What is [a quarter|one fourth] of {a}?",
        "A square has a perimeter of {a} {short}. How long is one side?",
      ],
      ["[That is|It is] {=1}."],
    ],
    [["Only one fourth of {a} {things} was sold. How many were sold?"], ["Sold were {=1}."]],
  ),
  story(
    "divide/hours",
    numbers({ a: measure(130, 99_999) }),
    "divide(a,60)",
    [
      [
        "How many hours are {a} minutes?",
        "Convert {a} seconds to minutes.",
        "A {machine} makes {a} {things} an hour. How many is that per minute?",
      ],
      ["[That is|It is] {=1}."],
    ],
    [["Express {a} minutes in hours."], ["In hours it is {=1}."]],
  ),
  story(
    "divide/dozens",
    numbers({ a: count(130, 99_999) }),
    "divide(a,12)",
    [
      [
        "How many dozen are {a} {things}?",
        "{name} earns {a} dollars a year. How much is that per month?",
        "How many years are {a} months?",
      ],
      ["[That is|It is] {=1}."],
    ],
    [["A year's rent is {a} dollars. What is the rent of one month?"], ["One month is {=1} dollars."]],
  ),
  story(
    "divide/kilo",
    numbers({ a: measure(130, 99_999) }),
    "divide(a,1000)",
    [
      [
        "How many [kilometers are {a} meters|kilograms are {a} grams|liters are {a} milliliters|tons are {a} kilograms]?",
        "Convert {a} [meters to kilometers|grams to kilograms|milliliters to liters].",
      ],
      ["[That is|It is] {=1}."],
    ],
    [["Write {a} grams in kilograms."], ["In kilograms it is {=1}."]],
  ),
  story(
    "divide/weeks",
    numbers({ a: count(130, 99_999) }),
    "divide(a,7)",
    [
      [
        "How many weeks are {a} days?",
        "{name} [drove|walked|read] {a} [miles|pages] in a week. How many is that per day?",
      ],
      ["[That is|It is] {=1}."],
    ],
    [
      ["A week's supply of {a} {weight} is used evenly. How much is used each day?"],
      ["Each day {=1} {weight} are used."],
    ],
  ),
  story(
    "divide/width",
    larger(measure(3, 9_000)),
    "divide(a,b)",
    [
      [
        "A rectangle has an area of {a} square {short} and a length of {b} {short}. [What is its width|How wide is it]?",
        "A [field|room|wall] of {a} square {short} is {b} {short} long. How wide is it?",
      ],
      ["[The|Its] width is {=1} {short}.", "It is {=1} {short} wide."],
    ],
    [
      ["One side of a rectangle of {a} square {short} is {b} {short}. Find the other side."],
      ["The other side is {=1} {short}."],
    ],
  ),
  story(
    "divide/times",
    larger(count(13, 99_999)),
    "divide(a,b)",
    [
      [
        "{name} has {a} {things} and {name2} has {b}. How many times as many does {name} have?",
        "How many times does {b} go into {a}?",
        "The population of {city} is {a}, that of {city2} {b}. How many times larger is {city}?",
        "What is the ratio of {a} to {b}?",
      ],
      ["[It is|That is|The ratio is] {=1}."],
    ],
    [["By what factor does {a} exceed {b}?"], ["The factor comes to {=1}."]],
  ),
  story(
    "divide/density",
    numbers({ a: count(1_000, 900_000), b: measure(3, 900) }),
    "divide(a,b)",
    [
      [
        "{city} has {a} inhabitants on {b} square [kilometers|miles]. What is its population density?",
        "A block of {material} weighs {a} grams and has a volume of {b} cubic centimeters. What is its density?",
        "A {vehicle} needs {b} liters for {a} meters. How many meters does it go per liter?",
      ],
      ["[The density|It] is {=1}."],
    ],
    [
      ["A field of {b} acres yields {a} kilograms of {food}. What is the yield per acre?"],
      ["The yield per acre is {=1} kilograms."],
    ],
  ),
  story(
    "divide/fraction-of",
    larger(count(13, 90_000)),
    "divide(b,a)",
    [
      [
        "{b} of the {a} {people} [passed|won|came]. What fraction is that?",
        "A bag holds {a} {things}, {b} of them {color}. What is the probability of drawing a {color} one?",
        "{name} [hit|won] {b} of {a} [throws|games|shots]. What is {his} success rate as a decimal?",
      ],
      ["[It|The fraction|The probability] is {=1}."],
    ],
    [["What share of {a} {things} are the {b} {color} ones?"], ["The share comes to {=1}."]],
  ),
  story(
    "divide/plain",
    numbers({ a: measure(12, 99_999), b: measure(2, 9_999) }),
    "divide(a,b)",
    [
      [
        "What is [the quotient of {a} and {b}|{a} divided by {b}|{a} / {b}|{a} over {b}]?",
        "[Divide|Split] {a} by {b}.",
        "[How much is|Calculate|Compute] {a} [divided by|/] {b}[?|.]",
      ],
      ["[The quotient is|It is|The result is] {=1}."],
    ],
    [
      ["Which number times {b} gives {a}?", "If {a} is split into {b} equal parts, how large is one?"],
      ["It comes to {=1}."],
    ],
  ),
];
