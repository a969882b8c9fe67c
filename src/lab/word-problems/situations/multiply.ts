// Situations that multiply two or three numbers: groups, rates, areas, unit changes, percentages.

import { count, fractionOf, measure, money, numbers, percent, small, three } from "../quantities.js";
import { story, type Story } from "../story.js";

const groups = numbers({ a: count(13, 9_000), b: count(13, 900) });
const share = numbers({ a: count(30, 90_000), p: percent(2, 95), f: fractionOf("p") });
const priceShare = numbers({ a: money(20, 90_000), p: percent(2, 60), f: fractionOf("p") });

export const multiplications: readonly Story[] = [
  story(
    "multiply/boxes",
    groups,
    "multiply(a,b)",
    [
      [
        "{name} has {a} {boxes} [with|of|, each with] {b} {things}[ each|in each|]. How many {things} [are there|does {he} have] [in total|altogether|in all]?",
        "There are {b} {things} in [each|every|one] {box}. How many {things} are in {a} [such |]{boxes}?",
        "How many {things} are in {a} {boxes} [if each {box} holds|of] {b}[ {things}|]?",
        "Each {box} holds {b} {things}. {name} [fills|buys|packs] {a} {boxes}. How many {things} is that?",
      ],
      ["[There are|{name} has|That is] {=1} {things}.", "[In total|Altogether] there are {=1} {things}."],
    ],
    [
      [
        "A delivery consists of {a} {boxes}, every one filled with {b} {things}. Find the number of {things}.",
      ],
      ["The number of {things} is {=1}."],
    ],
  ),
  story(
    "multiply/rows",
    groups,
    "multiply(a,b)",
    [
      [
        "A [hall|theater|stadium|cinema] has {a} rows [of|with] {b} seats[ each|]. How many seats [are there|does it have]?",
        "{name} plants {a} rows of {b} {things}. How many {things} does {he} plant?",
        "There are {b} {things} in each of {a} rows. How many are there?",
      ],
      ["[There are|It has|{name} plants] {=1} [seats|of them|in total]."],
    ],
    [
      ["With {a} rows and {b} places per row, what is the capacity of the {place}?"],
      ["The capacity is {=1} places."],
    ],
  ),
  story(
    "multiply/price",
    numbers({ a: count(13, 5_000), b: money(1, 900) }),
    "multiply(a,b)",
    [
      [
        "One {good} costs {b}. [How much do {a} cost|What is the price of {a}|What do {a} of them cost]?",
        "{name} [buys|orders] {a} {things} [at|for] {b} [each|apiece|per piece]. [How much does {he} pay|What is the total cost|What does {he} pay]?",
        "Tickets cost {b} each. [How much do|What do] {a} tickets cost?",
        "A {job} sells {a} {things} for {b} each. How much money [does that bring|is earned]?",
      ],
      ["[The total cost is|{name} pays|They cost|That is] {=1} dollars."],
    ],
    [["At {b} per item, what sum is due for {a} {things}?"], ["The sum due is {=1} dollars."]],
  ),
  story(
    "multiply/weight-price",
    numbers({ a: measure(2, 900), b: money(1, 200) }),
    "multiply(a,b)",
    [
      [
        "One [kilogram|pound|liter|meter] of [it|{food}|{material}] costs {b}. What [do|would] {a} [kilograms|pounds|liters|meters] cost?",
        "{food} costs {b} per [kilogram|pound]. {name} buys {a} [kilograms|pounds]. How much does {he} pay?",
      ],
      ["[They cost|{name} pays|That costs] {=1} dollars."],
    ],
    [
      ["{name} takes {a} pounds of {food}, priced at {b} a pound. What is on the bill?"],
      ["On the bill is {=1} dollars."],
    ],
  ),
  story(
    "multiply/wage",
    numbers({ a: measure(3, 400), b: money(5, 300) }),
    "multiply(a,b)",
    [
      [
        "{name} earns {b} [per|an|every] hour. How much does {he} earn [in|for] {a} hours?",
        "A {job} [works|worked] {a} hours for {b} per hour. [What are the wages|What is the pay|How much money is that]?",
        "{name} [saves|puts aside] {b} every [week|month|day]. How much will {he} save in {a} [weeks|months|days]?",
      ],
      ["[{name} earns|The pay is|That is|{name} saves] {=1} dollars."],
    ],
    [
      ["The rate of the {job} is {b} an hour; the repair takes {a} hours. What does the labor cost?"],
      ["The labor costs {=1} dollars."],
    ],
  ),
  story(
    "multiply/speed",
    numbers({ a: measure(3, 900), b: measure(2, 90) }),
    "multiply(a,b)",
    [
      [
        "A {vehicle} [travels|drives|moves] at {a} {far} per hour. How far does it [travel|go|get] in {b} hours?",
        "{name} [runs|walks|cycles|swims] {a} meters per minute for {b} minutes. How [far does {he} get|many meters is that]?",
        "How far does a {vehicle} get in {b} hours at a speed of {a} {far} per hour?",
      ],
      ["[It travels|The distance is|{name} covers] {=1}[ {far}|]."],
    ],
    [
      ["Keeping a speed of {a} {far} per hour during {b} hours, what distance does the {vehicle} cover?"],
      ["It covers {=1} {far}."],
    ],
  ),
  story(
    "multiply/rate",
    groups,
    "multiply(a,b)",
    [
      [
        "A {machine} [makes|produces|checks] {a} {things} [per|an|every] [hour|minute|day]. How many does it [make|produce|check] in {b} [hours|minutes|days]?",
        "{name} [reads|types|writes] {b} pages a day. How many pages is that in {a} days?",
        "A pump moves {a} liters of {liquid} per minute. How many liters does it move in {b} minutes?",
        "In {a} days, how many {things} [does a {job} make|are made] at {b} a day?",
      ],
      ["[It makes|That is|In that time it makes] {=1}[ {things}|]."],
    ],
    [
      ["Running for {b} hours, a {machine} with an output of {a} {things} an hour gives how many {things}?"],
      ["It gives {=1} {things}."],
    ],
  ),
  story(
    "multiply/area",
    numbers({ a: measure(3, 2_000), b: measure(2, 900) }),
    "multiply(a,b)",
    [
      [
        "A [rectangle|field|room|garden|carpet] is {a} {short} long and {b} {short} wide. What is its area?",
        "What is the area of a [rectangle|room|wall|screen] [that measures|of] {a} by {b} {short}?",
        "Find the area of a [rectangular|] field with a length of {a} {short} and a width of {b} {short}.",
      ],
      ["[The|Its] area is {=1} square {short}."],
    ],
    [
      ["How many square {short} does a floor of {a} times {b} {short} cover?"],
      ["The floor covers {=1} square {short}."],
    ],
  ),
  story(
    "multiply/volume",
    three(measure(2, 300)),
    "multiply(a,b,c)",
    [
      [
        "A [box|tank|room|container|pool] is {a} {short} long, {b} {short} wide and {c} {short} high. What is its volume?",
        "[Find|What is] the volume of a [box|block|container] [with sides|measuring] {a}, {b} and {c} {short}[.|?]",
      ],
      ["[The|Its] volume is {=1} cubic {short}."],
    ],
    [
      ["A block of {material} measures {a} by {b} by {c} {short}. How many cubic {short} does it take up?"],
      ["It takes up {=1} cubic {short}."],
    ],
  ),
  story(
    "multiply/layers",
    three(count(5, 300)),
    "multiply(a,b,c)",
    [
      [
        "The {place} has {a} floors with {b} rooms each, and every room has {c} [lamps|chairs|windows]. How many are there [in total|altogether]?",
        "{name} has {a} {boxes}. Each holds {b} bags of {c} {things}. How many {things} are there?",
      ],
      ["[In total|Altogether] there are {=1}[ of them|]."],
    ],
    [
      ["{a} trucks bring {b} {boxes} each, and in each {box} lie {c} {things}. How many {things} come?"],
      ["{=1} {things} come."],
    ],
  ),
  story(
    "multiply/times-as-many",
    numbers({ a: count(30, 30_000), b: small(3, 40) }),
    "multiply(a,b)",
    [
      [
        "{name} has {a} {things}. {name2} has {b} times as many. How many {things} does {name2} have?",
        "{name2} [sold|made|found] {b} times as many {things} as {name}, who [sold|made|found] {a}. How many is that?",
        "The [tower|tree|hill] is {b} times as high as the house, which is {a} {short} high. How high is it?",
      ],
      ["[{name2} has|That is|It is] {=1}."],
    ],
    [
      ["{name2}'s number of {things} is {b} times that of {name}, namely {a}. What is it?"],
      ["It comes to {=1} {things}."],
    ],
  ),
  story(
    "multiply/double",
    numbers({ a: count(130, 99_999) }),
    "multiply(a,2)",
    [
      [
        "{name} has {a} {things}. {name2} has twice as many. How many does {name2} have?",
        "{name} [doubled|wants to double] {his} {a} {things}. How many [are there then|is that]?",
        "What is [twice|double] {a}?",
      ],
      ["[{name2} has|That is|There are] {=1}."],
    ],
    [["A stock of {a} {things} is doubled. How large is it?"], ["It is {=1} {things} large."]],
  ),
  story(
    "multiply/triple",
    numbers({ a: count(130, 99_999) }),
    "multiply(a,3)",
    [
      [
        "{name} has {a} {things}. {name2} has three times as many. How many does {name2} have?",
        "[The number of|A {place} tripled its] {a} {people}[ triples|]. How many are there now?",
        "What is [three times|triple] {a}?",
      ],
      ["[{name2} has|That is|There are] {=1}."],
    ],
    [["An output of {a} {things} is tripled. What is the new output?"], ["The new output is {=1}."]],
  ),
  story(
    "multiply/dozen",
    numbers({ a: count(13, 9_000) }),
    "multiply(a,12)",
    [
      [
        "{name} [buys|sells|bakes] {a} dozen {things}. How many {things} is that?",
        "How many {things} are [in|there in] {a} dozen?",
        "A tree grows {a} centimeters every month. How much does it grow in a year?",
        "{name} pays {a} dollars a month in rent. How much is that per year?",
      ],
      ["[That is|There are|It is] {=1}."],
    ],
    [
      ["An order of {a} dozen {things} comes in. Find the number of pieces."],
      ["The number of pieces is {=1}."],
    ],
  ),
  story(
    "multiply/minutes",
    numbers({ a: measure(13, 9_000) }),
    "multiply(a,60)",
    [
      [
        "How many minutes [are|is] {a} hours?",
        "[How many seconds|What number of seconds] are there in {a} minutes?",
        "A {machine} makes {a} {things} per minute. How many does it make in an hour?",
        "Convert {a} hours to minutes.",
      ],
      ["[That is|There are|It is] {=1}[ in total|]."],
    ],
    [["Express {a} minutes in seconds."], ["In seconds it is {=1}."]],
  ),
  story(
    "multiply/week",
    numbers({ a: measure(13, 9_000) }),
    "multiply(a,7)",
    [
      [
        "{name} [runs|walks|cycles] {a} {far} every day. How far does {he} go in a week?",
        "The {place} sells {a} {things} a day. How many does it sell in one week?",
        "How many days are {a} weeks?",
      ],
      ["[That is|In a week it is] {=1}."],
    ],
    [
      ["Every day {a} {volume} of {liquid} are used. How much is it per week?"],
      ["Per week it is {=1} {volume}."],
    ],
  ),
  story(
    "multiply/day",
    numbers({ a: measure(13, 9_000) }),
    "multiply(a,24)",
    [
      [
        "How many hours are {a} days?",
        "A {machine} makes {a} {things} an hour, day and night. How many does it make in a day?",
        "A tap drips {a} milliliters per hour. How much is lost in one day?",
      ],
      ["[That is|In a day it is] {=1}."],
    ],
    [["Convert {a} days to hours."], ["In hours it is {=1}."]],
  ),
  story(
    "multiply/kilo",
    numbers({ a: measure(2, 900) }),
    "multiply(a,1000)",
    [
      [
        "How many [meters are {a} kilometers|grams are {a} kilograms|milliliters are {a} liters|kilograms are {a} tons]?",
        "Convert {a} [kilometers to meters|kilograms to grams|liters to milliliters].",
      ],
      ["[That is|There are|It is] {=1}."],
    ],
    [["Write {a} kilograms in grams."], ["In grams it is {=1}."]],
  ),
  story(
    "multiply/percent",
    share,
    "multiply(a,f)",
    [
      [
        "What is {p} of {a}?",
        "{p} of the {a} {people} [in|at] the {place} are [women|children|men|members]. How many [people |]is that?",
        "A {place} has {a} {things}. {p} of them are {color}. How many are {color}?",
        "Of {a} {things}, {p} are [broken|sold|missing]. How many {things} are [broken|sold|missing]?",
        "How much is {p} of {a}?",
      ],
      ["[That is|It is|There are] {=1}[ {things}| people|]."],
    ],
    [
      ["A survey of {a} {people} found that {p} own a {vehicle}. How many of them own one?"],
      ["{=1} of them own one."],
    ],
  ),
  story(
    "multiply/discount",
    priceShare,
    "multiply(a,f)",
    [
      [
        "A {good} costs {a} and is [reduced by|discounted by|sold at a discount of] {p}. How [much is the discount|large is the discount|much money is saved]?",
        "[The tax|The tip|The fee] is {p} of {a}. How much is it?",
        "{name} [saves|spends|invests|donates] {p} of {his} income of {a}. How much is that?",
        "{name} earns a commission of {p} on sales of {a}. How much is the commission?",
        "An account with {a} pays {p} interest a year. How much interest is paid after one year?",
      ],
      ["[It|The amount|That] is {=1} dollars."],
    ],
    [
      ["{name} gives {p} of the {a} in the fund to charity. How many dollars does charity get?"],
      ["Charity gets {=1} dollars."],
    ],
  ),
  story(
    "multiply/exchange",
    numbers({ a: money(5, 9_000), b: measure(2, 200) }),
    "multiply(a,b)",
    [
      [
        "One dollar is worth {b} [pesos|crowns|rupees|francs|euros|yen]. How many [pesos|crowns|rupees|francs|euros|yen] do you get for {a}?",
        "{name} changes {a} at a rate of {b}. How much foreign money does {he} get?",
      ],
      ["[{name} gets|You get|That is] {=1}."],
    ],
    [["At an exchange rate of {b}, what are {a} worth abroad?"], ["Abroad they are worth {=1}."]],
  ),
  story(
    "multiply/recipe",
    numbers({ a: measure(2, 900), b: count(13, 400) }),
    "multiply(a,b)",
    [
      [
        "One [cake|loaf|pizza|portion] needs {a} grams of {food}. How many grams are needed for {b} [cakes|loaves|pizzas|portions]?",
        "A {vehicle} uses {a} liters of fuel per [hour|trip|lap]. How much does it use in {b} [hours|trips|laps]?",
        "Each [shirt|coat|dress] takes {a} meters of cloth. How much cloth do {b} need?",
      ],
      ["[They need|It uses|That is] {=1}."],
    ],
    [
      [
        "{name} cooks for {b} {people} and plans {a} grams of {food} per person. How many grams should {name} buy?",
      ],
      ["{name} should buy {=1} grams."],
    ],
  ),
  story(
    "multiply/rent",
    numbers({ a: money(20, 3_000), b: count(5, 400) }),
    "multiply(a,b)",
    [
      [
        "[Renting|Hiring] a {vehicle} costs {a} [a|per] day. How much does it cost for {b} days?",
        "{name} pays {a} a month for [rent|a loan|a course]. How much does {he} pay in {b} months?",
        "A hotel room costs {a} per night. What do {b} nights cost?",
      ],
      ["[It costs|{name} pays|They cost] {=1} dollars."],
    ],
    [["What does a stay of {b} nights come to when a night is {a}?"], ["The stay comes to {=1} dollars."]],
  ),
  story(
    "multiply/animals",
    groups,
    "multiply(a,b)",
    [
      [
        "Each of {a} {animals} eats {b} grams of {food} [a day|]. How [many grams do they eat|much food is that]?",
        "A [hen|duck] lays {b} eggs a year. How many eggs do {a} [hens|ducks] lay?",
        "{a} {animals} each have {b} [fleas|spots|stripes]. How many are there?",
      ],
      ["[They eat|That is|There are] {=1}."],
    ],
    [
      ["If {b} liters of water are needed for each of {a} {animals}, how much water is needed?"],
      ["Needed are {=1} liters."],
    ],
  ),
  story(
    "multiply/scale",
    numbers({ a: measure(2, 900), b: count(20, 9_000) }),
    "multiply(a,b)",
    [
      [
        "On a map 1 centimeter stands for {b} meters. How many meters are {a} centimeters on the map?",
        "A picture of {a} centimeters is enlarged {b} times. How [large|long] is it then?",
      ],
      ["[They are|It is] {=1}."],
    ],
    [
      [
        "A model is built at a scale of 1 to {b}. How long is the real part of a model part of {a} centimeters?",
      ],
      ["The real part is {=1} centimeters long."],
    ],
  ),
  story(
    "multiply/plain",
    numbers({ a: measure(12, 99_999), b: measure(12, 9_999) }),
    "multiply(a,b)",
    [
      [
        "What is [the product of {a} and {b}|{a} times {b}|{a} * {b}|{a} multiplied by {b}|{a} x {b}]?",
        "[Multiply|Find the product of] {a} [by|and] {b}.",
        "[How much is|Calculate|Compute] {a} [times|*] {b}[?|.]",
      ],
      ["[The product is|It is|The result is] {=1}."],
    ],
    [
      ["Which number is {b} times as large as {a}?", "If {a} is taken {b} times, what do you get?"],
      ["You get the number {=1}."],
    ],
  ),
  story(
    "multiply/sides",
    numbers({ a: measure(13, 900) }),
    "multiply(a,4)",
    [
      [
        "A square has a side of {a} {short}. What is its perimeter?",
        "How long is the fence around a square [field|garden] with sides of {a} {short}?",
        "A car has four tires. How many tires do {a} cars have?",
      ],
      ["[It|The answer|That] is {=1}."],
    ],
    [
      ["Walking once around a square park with {a} {short} per side, how far do you walk?"],
      ["You walk {=1} {short}."],
    ],
  ),
];
