// Situations with two or three calculations, where a later one uses an earlier result.

import {
  count,
  declineOf,
  fractionOf,
  growthOf,
  larger,
  measure,
  money,
  numbers,
  percent,
  small,
  three,
  two,
} from "../quantities.js";
import { story, type Story } from "../story.js";

const threeCounts = numbers(
  { a: count(200, 99_999), b: count(20, 40_000), c: count(20, 40_000) },
  ({ a, b, c }) => a! > b! + c!,
);

export const twoSteps: readonly Story[] = [
  story(
    "two/spend-twice",
    threeCounts,
    "subtract(a,b) subtract(#1,c)",
    [
      [
        "{name} has {a} {things}. {He} [gives|sells] {b} to {name2} and {c} to {name3}. How many {things} are left?",
        "The {place} had {a} {things}. It sold {b} on {day} and {c} on {day2}. How many does it still have?",
      ],
      ["After the first {=1} {things} are left. After the second {=2} are left."],
    ],
    [
      ["Of {a} {things}, {b} break and {c} get lost. How many {things} does {name} keep?"],
      ["Without the first there are {=1}. {name} keeps {=2}."],
    ],
  ),
  story(
    "two/gain-and-lose",
    threeCounts,
    "subtract(a,b) add(#1,c)",
    [
      [
        "{name} has {a} {things}. {He} [gives away|sells|loses] {b} and then [buys|finds|gets] {c}. How many {things} does {he} have now?",
        "A bus carries {a} {people}. At a stop {b} get off and {c} get on. How many are on the bus?",
      ],
      ["First there are {=1} left. Then there are {=2}."],
    ],
    [
      ["From a stock of {a} {things}, {b} go out and {c} come in. What is the stock?"],
      ["Going out leaves {=1}. The stock is {=2}."],
    ],
  ),
  story(
    "two/get-and-give",
    threeCounts,
    "add(a,b) subtract(#1,c)",
    [
      [
        "{name} had {a} {things}, got {b} more and gave {c} to {name2}. How many does {he} have?",
        "The {place} has {a} {things}. A delivery brings {b}, and {c} are sold. How many are there then?",
      ],
      ["With the new ones there are {=1}. [Then|After that] there are {=2}[ left|]."],
    ],
    [
      [
        "{a} {people} came in the morning, {b} joined them later, and {c} went home early. How many were there at the end?",
      ],
      ["All who came are {=1}. At the end there were {=2}."],
    ],
  ),
  story(
    "two/buy-change",
    numbers({ a: count(13, 400), b: money(1, 200), c: money(500, 90_000) }, ({ a, b, c }) => c! > a! * b!),
    "multiply(a,b) subtract(c,#1)",
    [
      [
        "{name} buys {a} {things} at {b} each and pays with {c}. How much change does {he} get?",
        "{name} has {c}. {He} buys {a} {things} for {b} each. How much money is left?",
      ],
      ["The {things} cost {=1} dollars. [The change is|What is left is] {=2} dollars."],
    ],
    [
      ["Out of a budget of {c}, {name} pays for {a} tickets costing {b} each. What remains of the budget?"],
      ["The tickets cost {=1} dollars. There remains {=2} dollars."],
    ],
  ),
  story(
    "two/two-goods",
    numbers({ a: count(13, 900), b: money(1, 200), c: money(20, 9_000) }),
    "multiply(a,b) add(#1,c)",
    [
      [
        "{name} buys {a} {things} at {b} each and a {good} for {c}. How much does {he} pay in total?",
        "A {job} charges {c} plus {b} for each of {a} hours. What is the bill?",
      ],
      ["[The first part|That] is {=1} dollars. [In total|Altogether] it is {=2} dollars."],
    ],
    [
      ["A shipment costs {b} for each of {a} {things} and a fee of {c}. What does it cost overall?"],
      ["Without the fee it is {=1} dollars. Overall it is {=2} dollars."],
    ],
  ),
  story(
    "two/boxes-left",
    numbers({ a: count(13, 900), b: count(13, 300), c: count(20, 9_000) }, ({ a, b, c }) => a! * b! > c!),
    "multiply(a,b) subtract(#1,c)",
    [
      [
        "{name} has {a} {boxes} of {b} {things}. {He} [sells|uses|gives away] {c} {things}. How many are left?",
        "A {place} has {a} rows of {b} seats. {c} seats are taken. How many are free?",
      ],
      ["[In total|Altogether] there are {=1}. [There remain|There are left] {=2}."],
    ],
    [
      ["{a} {boxes} with {b} {things} each arrive, but {c} {things} are bad. How many are good?"],
      ["All are {=1}. Good are {=2}."],
    ],
  ),
  story(
    "two/boxes-more",
    numbers({ a: count(13, 900), b: count(13, 300), c: count(20, 9_000) }),
    "multiply(a,b) add(#1,c)",
    [
      [
        "{name} has {a} {boxes} of {b} {things} and {c} single {things}. How many {things} does {he} have?",
        "A {machine} makes {a} {things} an hour for {b} hours and then {c} more. How many does it make?",
      ],
      ["[In the first part|First] there are {=1}. In total there are {=2}."],
    ],
    [
      ["To {c} {things} on the table come {a} {boxes} with {b} {things} each. How many are there?"],
      ["In the {boxes} are {=1}. There are {=2}."],
    ],
  ),
  story(
    "two/sum-shared",
    numbers({ a: count(50, 40_000), b: count(50, 40_000), c: small(3, 90) }),
    "add(a,b) divide(#1,c)",
    [
      [
        "{name} has {a} {things} and {name2} has {b}. They put them together and share them equally among {c} {people}. How many does each get?",
        "A {place} has {a} {things} and {b} {things2}. They are packed in {c} equal {boxes}. How many are in each {box}?",
      ],
      ["Together there are {=1}. Each [gets|holds] {=2}."],
    ],
    [
      ["{a} {color} and {b} {color2} {things} are spread evenly over {c} shelves. How many lie on a shelf?"],
      ["Both colors are {=1}. On a shelf lie {=2}."],
    ],
  ),
  story(
    "two/rest-shared",
    numbers({ a: count(500, 90_000), b: count(20, 9_000), c: small(3, 90) }, ({ a, b }) => a! > b! + 100),
    "subtract(a,b) divide(#1,c)",
    [
      [
        "{name} has {a} {things}. {He} keeps {b} and shares the rest equally among {c} {people}. How many does each get?",
        "Of {a} dollars, {b} are spent on rent. The rest is divided equally over {c} weeks. How much is that per week?",
      ],
      ["The rest is {=1}. [Each gets|That is] {=2}."],
    ],
    [
      [
        "After {b} of {a} {things} are sold, the others are packed in {c} equal {boxes}. How many does a {box} hold?",
      ],
      ["The others are {=1}. A {box} holds {=2}."],
    ],
  ),
  story(
    "two/sum-times",
    numbers({ a: count(13, 2_000), b: count(13, 2_000), c: money(1, 300) }),
    "add(a,b) multiply(#1,c)",
    [
      [
        "{name} sold {a} {things} on {day} and {b} on {day2}, at {c} each. How much money did {he} earn?",
        "{a} adults and {b} children [visit|go to] the {place}. A ticket costs {c}. How much do they pay?",
      ],
      ["[In total|Together] there are {=1}. The money is {=2} dollars."],
    ],
    [
      ["At {c} a piece, what do {a} {color} and {b} {color2} {things} cost?"],
      ["The pieces are {=1}. They cost {=2} dollars."],
    ],
  ),
  story(
    "two/difference-times",
    numbers({ a: count(200, 9_000), b: count(13, 2_000), c: money(1, 300) }, ({ a, b }) => a! > b!),
    "subtract(a,b) multiply(#1,c)",
    [
      [
        "A {place} bought {a} {things}. {b} were bad. The rest was sold for {c} each. How much money came in?",
        "{name} has {a} {things} and keeps {b}. {He} sells the others at {c} each. How much does {he} get?",
      ],
      ["[The rest is|Sold were] {=1}. [That brings|The money is] {=2} dollars."],
    ],
    [
      ["Only {b} of {a} seats stay empty. Every other seat brings {c}. What do the seats bring?"],
      ["The other seats are {=1}. They bring {=2} dollars."],
    ],
  ),
  story(
    "two/times-divided",
    numbers({ a: count(13, 900), b: count(13, 900), c: small(3, 90) }),
    "multiply(a,b) divide(#1,c)",
    [
      [
        "{name} has {a} {boxes} of {b} {things} and shares them among {c} {people}. How many does each get?",
        "{a} {boxes} with {b} {things} each are repacked into {c} larger ones. How many {things} does each hold?",
      ],
      ["[In total|Altogether] there are {=1}. Each [gets|holds] {=2}."],
    ],
    [
      ["A crew of {c} plants {a} rows of {b} trees. How many trees does each worker plant?"],
      ["The trees are {=1}. Each worker plants {=2}."],
    ],
  ),
  story(
    "two/unit-price-times",
    numbers({ b: small(3, 90), a: money(50, 9_000), c: count(13, 900) }),
    "divide(a,b) multiply(#1,c)",
    [
      [
        "{b} {things} cost {a}. How much do {c} {things} cost?",
        "{name} earns {a} in {b} hours. How much does {he} earn in {c} hours?",
        "If {b} {things} cost {a}, what is the price of {c}?",
      ],
      ["[One costs|One is] {=1} dollars. [For all|For {c}] it is {=2} dollars."],
    ],
    [
      ["What would {c} tickets come to when {b} come to {a}?"],
      ["A single one is {=1} dollars. All come to {=2} dollars."],
    ],
  ),
  story(
    "two/rate-times",
    numbers({ b: small(3, 90), a: count(100, 9_000), c: count(13, 900) }),
    "divide(a,b) multiply(#1,c)",
    [
      [
        "A {machine} makes {a} {things} in {b} hours. How many does it make in {c} hours?",
        "A {vehicle} goes {a} {far} on {b} liters. How far does it go on {c} liters?",
        "{name} reads {a} pages in {b} days. How many pages does {he} read in {c} days?",
      ],
      ["In one it is {=1}. In {c} it is {=2}."],
    ],
    [
      ["{a} {things} come out in {b} minutes. How many come out in {c} minutes?"],
      ["In a minute come {=1}. In {c} come {=2}."],
    ],
  ),
  story(
    "two/discounted-price",
    numbers({ a: money(20, 9_000), p: percent(3, 70), f: fractionOf("p") }),
    "multiply(a,f) subtract(a,#1)",
    [
      [
        "A {good} costs {a}. It is [reduced by|sold at a discount of] {p}. What is the new price?",
        "How much does {name} pay for a {good} at {a} with {p} off?",
        "A {vehicle} worth {a} loses {p} of its value. What is it worth then?",
      ],
      [
        "[The discount|The loss|That share] is {=1} dollars. [The new price|What is left|The rest] is {=2} dollars.",
      ],
    ],
    [
      ["The shop takes {p} off a {good} marked {a}. For how much is it sold?"],
      ["Taken off are {=1} dollars. It is sold for {=2} dollars."],
    ],
  ),
  story(
    "two/percent-left",
    numbers({ a: count(200, 90_000), p: percent(3, 70), f: fractionOf("p") }),
    "multiply(a,f) subtract(a,#1)",
    [
      [
        "{name} has {a} {things} and sells {p} of them. How many {things} are left?",
        "{p} of the {a} {people} are women. How many are not women?",
        "A town of {a} people shrinks by {p}. How many people live there then?",
      ],
      ["That share is {=1}. [The rest is|There are left] {=2}."],
    ],
    [
      ["A storm fells {p} of the {a} trees of a forest. How many trees are standing?"],
      ["Felled are {=1}. Standing are {=2}."],
    ],
  ),
  story(
    "two/raised-price",
    numbers({ a: money(20, 9_000), p: percent(3, 70), f: fractionOf("p") }),
    "multiply(a,f) add(a,#1)",
    [
      [
        "A {good} costs {a}. The price rises by {p}. What is the new price?",
        "A meal costs {a} and {name} adds a tip of {p}. How much does {he} pay?",
        "What does a {good} of {a} cost with {p} tax?",
        "{name}'s wage of {a} is raised by {p}. What is the new wage?",
      ],
      ["[The rise|The extra|That share] is {=1} dollars. [The new amount|The total] is {=2} dollars."],
    ],
    [
      ["An account of {a} gets {p} interest. What does it hold afterwards?"],
      ["The interest is {=1} dollars. It holds {=2} dollars."],
    ],
  ),
  story(
    "two/grown-amount",
    numbers({ a: money(50, 90_000), p: percent(1.2, 25), n: small(3, 30), f: growthOf("p") }),
    "power(f,n) multiply(a,#1)",
    [
      [
        "{name} invests {a} at {p} [interest|] per year. How much [is it worth|does {he} have] after {n} years?",
        "An investment of {a} grows {p} every year. What is its value after {n} years?",
        "The price of a {good} is {a} and rises {p} a year. What is it in {n} years?",
      ],
      ["In {n} years it grows by {=1} times. [The value|That] is {=2} dollars."],
    ],
    [
      ["What becomes of {a} in {n} years when {p} compound interest is paid each year?"],
      ["The factor in {n} years is {=1}. It becomes {=2} dollars."],
    ],
  ),
  story(
    "two/grown-population",
    numbers({ a: count(200, 900_000), p: percent(1.2, 25), n: small(3, 30), f: growthOf("p") }),
    "power(f,n) multiply(a,#1)",
    [
      [
        "{city} has {a} inhabitants. The population grows by {p} every year. How many [inhabitants|people] will there be in {n} years?",
        "A colony of {a} {animals} grows {p} a year. How many are there after {n} years?",
      ],
      ["In {n} years it grows by {=1} times. [There will be|The number is] {=2}."],
    ],
    [
      ["A page with {a} readers gains {p} each month. How many readers has it after {n} months?"],
      ["In {n} months the factor is {=1}. It has {=2} readers."],
    ],
  ),
  story(
    "two/shrunk-amount",
    numbers({ a: money(500, 90_000), p: percent(2, 30), n: small(3, 12), f: declineOf("p") }),
    "power(f,n) multiply(a,#1)",
    [
      [
        "A {vehicle} costs {a} and loses {p} of its value every year. What is it worth after {n} years?",
        "A {machine} bought for {a} loses {p} a year. What is its value after {n} years?",
      ],
      ["In {n} years it changes by {=1} times. [The value|That] is {=2} dollars."],
    ],
    [
      ["Falling {p} a year, what is the value of a painting of {a} in {n} years?"],
      ["In {n} years the factor is {=1}. Its value is {=2} dollars."],
    ],
  ),
  story(
    "two/doubled-population",
    numbers({ a: count(20, 9_000), n: small(5, 20) }),
    "power(2,n) multiply(a,#1)",
    [
      [
        "A colony of {a} bacteria doubles every hour. How many are there after {n} hours?",
        "{a} {animals} double in number every year. How many are there in {n} years?",
      ],
      ["[The factor is|It grows by] {=1}[ times|]. There are {=2}."],
    ],
    [
      ["A pond has {a} lilies, and their number doubles daily. How many lilies are there after {n} days?"],
      ["After {n} days the factor is {=1}. There are {=2} lilies."],
    ],
  ),
  story(
    "two/fence",
    two(measure(3, 900)),
    "add(a,b) multiply(2,#1)",
    [
      [
        "A [rectangular|] garden is {a} {short} long and {b} {short} wide. How long is the fence around it?",
        "What is the perimeter of a rectangle of {a} by {b} {short}?",
      ],
      [
        "[One length and one width|Both sides together] are {=1} {short}. [The fence|The perimeter] is {=2} {short}.",
      ],
    ],
    [
      ["Find the way around a field with sides of {a} and {b} {short}."],
      ["Two sides are {=1} {short}. The way is {=2} {short}."],
    ],
  ),
  story(
    "two/square-fence",
    numbers({ a: measure(30, 99_999) }),
    "sqrt(a) multiply(4,#1)",
    [
      [
        "A square garden has an area of {a} square {short}. How long is the fence around it?",
        "What is the perimeter of a square with an area of {a} square {short}?",
      ],
      ["One side is {=1} {short}. [The fence|The perimeter] is {=2} {short}."],
    ],
    [
      ["A square lawn of {a} square {short} gets an edging. How much edging is needed?"],
      ["A side is {=1} {short}. Needed are {=2} {short}."],
    ],
  ),
  story(
    "two/cost-of-area",
    numbers({ a: measure(3, 400), b: measure(2, 300), c: money(1, 90) }),
    "multiply(a,b) multiply(#1,c)",
    [
      [
        "A room is {a} by {b} {short}. Carpet costs {c} per square [meter|foot|yard]. What does the carpet cost?",
        "Paint for a wall of {a} by {b} {short} costs {c} per square unit. How much is it in total?",
      ],
      ["The area is {=1}. The cost is {=2} dollars."],
    ],
    [
      ["Turf at {c} a square unit is laid on a lawn of {a} by {b} {short}. What is the price of the turf?"],
      ["The lawn has {=1}. The price is {=2} dollars."],
    ],
  ),
  story(
    "two/average",
    numbers({ a: count(30, 9_000), b: count(30, 9_000) }),
    "add(a,b) divide(#1,2)",
    [
      [
        "What is the average of {a} and {b}?",
        "{name} scored {a} points on {day} and {b} on {day2}. What is the average?",
        "Two {boxes} weigh {a} and {b} grams. What is their mean weight?",
      ],
      ["The sum is {=1}. The average is {=2}."],
    ],
    [
      ["{a} {people} came one day and {b} the next. How many came per day on average?"],
      ["Both days saw {=1}. On average {=2} came."],
    ],
  ),
  story(
    "two/average-three",
    three(count(30, 9_000)),
    "add(a,b,c) divide(#1,3)",
    [
      [
        "What is the average of {a}, {b} and {c}?",
        "{name} [scored|sold|ran] {a}, {b} and {c} in three [rounds|weeks|tries]. What is the average?",
      ],
      ["The sum is {=1}. The average is {=2}."],
    ],
    [
      ["The {place} had {a}, {b} and {c} visitors in three months. Find the monthly mean."],
      ["Altogether there were {=1}. The mean is {=2}."],
    ],
  ),
  story(
    "two/committee",
    numbers(
      { n: small(6, 20), r: small(2, 5), m: small(6, 20), k: small(2, 5) },
      ({ n, r, m, k }) => n! > r! && m! > k!,
    ),
    "choose(n,r) choose(m,k)",
    [
      [
        "A committee has {r} of {n} women and {k} of {m} men. In how many ways can the women and, separately, the men be chosen? Give the number for the men.",
      ],
      ["For the women there are {=1} ways. For the men there are {=2} ways."],
    ],
    [
      [
        "{r} of {n} girls play first and {k} of {m} boys second. How many ways are there to pick the girls, and then how many to pick the boys?",
      ],
      ["For the girls it is {=1}. For the boys it is {=2}."],
    ],
  ),
  story(
    "two/lcm-minutes",
    numbers({ a: small(4, 60), b: small(4, 60), c: small(13, 900) }),
    "lcm(a,b) multiply(#1,c)",
    [
      [
        "Two lights flash together every time both {a} and {b} seconds have passed again. How long do {c} such meetings take?",
        "Buses leave every {a} and {b} minutes. How many minutes pass until they have left together {c} times more?",
      ],
      ["They meet every {=1}. That takes {=2}."],
    ],
    [
      ["Bells ring every {a} and {b} minutes. How many minutes until their {c}th next joint ring?"],
      ["Joint rings come every {=1} minutes. It is {=2} minutes."],
    ],
  ),
  story(
    "two/remainder-price",
    numbers({ a: count(200, 90_000), b: count(5, 90), c: money(1, 90) }),
    "remainder(a,b) multiply(#1,c)",
    [
      [
        "{name} packs {a} {things} into {boxes} of {b} and sells what is left over at {c} each. How much does {he} get for them?",
      ],
      ["Left over are {=1}. {name} gets {=2} dollars."],
    ],
    [
      ["After {a} eggs fill cartons of {b}, the eggs that remain go for {c} apiece. What do they bring?"],
      ["The eggs that remain are {=1}. They bring {=2} dollars."],
    ],
  ),
];

export const threeSteps: readonly Story[] = [
  story(
    "three/two-purchases",
    numbers({ a: count(13, 400), b: money(1, 200), c: count(13, 400), d: money(1, 200) }),
    "multiply(a,b) multiply(c,d) add(#1,#2)",
    [
      [
        "{name} buys {a} {things} at {b} each and {c} {things2} at {d} each. How much does {he} pay in total?",
        "A {job} sells {a} {things} for {b} each and {c} {things2} for {d} each. How much money is that?",
      ],
      ["The {things} cost {=1} dollars. The {things2} cost {=2} dollars. In total it is {=3} dollars."],
    ],
    [
      ["An order has {a} {things} priced {b} and {c} {things2} priced {d}. What is the order worth?"],
      [
        "For the {things} it is {=1} dollars. For the {things2} it is {=2} dollars. The order is worth {=3} dollars.",
      ],
    ],
  ),
  story(
    "three/two-boxes",
    numbers({ a: count(13, 400), b: count(13, 200), c: count(13, 400), d: count(13, 200) }),
    "multiply(a,b) multiply(c,d) add(#1,#2)",
    [
      [
        "{name} has {a} {boxes} of {b} {things} and {c} {boxes} of {d} {things}. How many {things} does {he} have?",
        "A hall has {a} rows of {b} seats and {c} rows of {d} seats. How many seats are there?",
      ],
      ["The first [ones|part] are {=1}. The second [ones|part] are {=2}. In total there are {=3}."],
    ],
    [
      [
        "One truck brings {a} {boxes} with {b} {things} each, another {c} {boxes} with {d} each. How many {things} come?",
      ],
      ["One brings {=1}. The other brings {=2}. There come {=3}."],
    ],
  ),
  story(
    "three/compare-boxes",
    numbers(
      { a: count(130, 900), b: count(30, 200), c: count(13, 100), d: count(13, 90) },
      ({ a, b, c, d }) => a! * b! > c! * d!,
    ),
    "multiply(a,b) multiply(c,d) subtract(#1,#2)",
    [
      [
        "{name} has {a} {boxes} of {b} {things} and {name2} has {c} {boxes} of {d} {things}. How many more does {name} have?",
      ],
      ["{name} has {=1}. {name2} has {=2}. The difference is {=3}."],
    ],
    [
      [
        "A field has {a} rows of {b} plants, another {c} rows of {d}. By how many plants is the first one ahead?",
      ],
      ["The first one has {=1}. Another one has {=2}. It is ahead by {=3}."],
    ],
  ),
  story(
    "three/buy-two-change",
    numbers(
      { a: count(13, 200), b: money(1, 100), c: money(5, 900), d: money(9_000, 90_000) },
      ({ a, b, c, d }) => d! > a! * b! + c!,
    ),
    "multiply(a,b) add(#1,c) subtract(d,#2)",
    [
      [
        "{name} has {d}. {He} buys {a} {things} at {b} each and a {good} for {c}. How much money is left?",
        "{name} pays {a} {things} at {b} each and a {good} for {c} with {d}. What is the change?",
      ],
      ["The {things} cost {=1} dollars. In total {he} pays {=2} dollars. What is left is {=3} dollars."],
    ],
    [
      [
        "From {d} in the cash box, {a} {things} for {b} each and a {good} for {c} are bought. What stays in the box?",
      ],
      ["The {things} are {=1} dollars. Everything is {=2} dollars. In the box stays {=3} dollars."],
    ],
  ),
  story(
    "three/boxes-shared",
    numbers(
      { a: count(13, 400), b: count(13, 200), c: count(20, 900), d: small(3, 60) },
      ({ a, b, c }) => a! * b! > c! + 100,
    ),
    "multiply(a,b) subtract(#1,c) divide(#2,d)",
    [
      [
        "{name} has {a} {boxes} of {b} {things}. {c} are [bad|broken]. {He} shares the rest among {d} {people}. How many does each get?",
        "A farm gathers {a} {boxes} of {b} {things}, keeps {c} and divides the others among {d} shops. How many does each shop get?",
      ],
      ["[In total|Altogether] there are {=1}. The rest is {=2}. Each gets {=3}."],
    ],
    [
      [
        "Out of {a} {boxes} with {b} {things} each, {c} {things} are sold and the remaining ones put on {d} shelves. How many lie on one shelf?",
      ],
      ["All are {=1}. Remaining are {=2}. On one shelf lie {=3}."],
    ],
  ),
  story(
    "three/sum-rest-shared",
    numbers({ a: count(300, 30_000), b: count(300, 30_000), c: count(20, 400), d: small(3, 60) }),
    "add(a,b) subtract(#1,c) divide(#2,d)",
    [
      [
        "{name} collected {a} {things} and {name2} {b}. They lose {c} and share the rest among {d} {people}. How many does each get?",
        "{a} {color} and {b} {color2} {things} are mixed. {c} are taken out. The others go into {d} equal {boxes}. How many does each hold?",
      ],
      ["Together there are {=1}. [The rest is|Without them there are] {=2}. Each [gets|holds] {=3}."],
    ],
    [
      [
        "Two shops with {a} and {b} {things} sell {c} of them and store the remaining ones evenly on {d} pallets. How many are on a pallet?",
      ],
      ["Both shops have {=1}. Remaining are {=2}. On a pallet are {=3}."],
    ],
  ),
  story(
    "three/discount-many",
    numbers({ a: money(5, 900), b: count(13, 400), p: percent(3, 60), f: fractionOf("p") }),
    "multiply(a,b) multiply(#1,f) subtract(#1,#2)",
    [
      [
        "{name} buys {b} {things} at {a} each with a discount of {p}. How much does {he} pay?",
        "One {good} costs {a}. On an order of {b} there is {p} off. What does the order cost?",
      ],
      ["Without discount it is {=1} dollars. The discount is {=2} dollars. {name} pays {=3} dollars."],
    ],
    [
      ["At {a} apiece and {p} off the total, what is due for {b} {things}?"],
      ["The full price is {=1} dollars. Off are {=2} dollars. Due are {=3} dollars."],
    ],
  ),
  story(
    "three/wage-tax",
    numbers({ a: money(8, 90), b: measure(20, 400), p: percent(5, 45), f: fractionOf("p") }),
    "multiply(a,b) multiply(#1,f) subtract(#1,#2)",
    [
      [
        "{name} works {b} hours at {a} an hour and pays {p} tax. How much does {he} keep?",
        "A {job} earns {a} per hour for {b} hours. {p} is deducted. What is paid out?",
      ],
      ["The wage is {=1} dollars. The [tax|deduction] is {=2} dollars. What is left is {=3} dollars."],
    ],
    [
      ["After {p} in taxes, what is left to {name} of {b} hours paid {a} each?"],
      ["The pay is {=1} dollars. Taxes take {=2} dollars. Left is {=3} dollars."],
    ],
  ),
  story(
    "three/interest-gain",
    numbers({ a: money(500, 90_000), p: percent(2, 15), n: small(3, 25), f: growthOf("p") }),
    "power(f,n) multiply(a,#1) subtract(#2,a)",
    [
      [
        "{name} invests {a} at {p} a year. How much interest does {he} earn in {n} years?",
        "A fund of {a} grows {p} every year. By how many dollars does it grow in {n} years?",
      ],
      ["In {n} years it grows by {=1} times. The value is {=2} dollars. The gain is {=3} dollars."],
    ],
    [
      ["What profit does a deposit of {a} bring in {n} years with {p} compound interest?"],
      ["The factor in {n} years is {=1}. It becomes {=2} dollars. The profit is {=3} dollars."],
    ],
  ),
  story(
    "three/trip",
    numbers({ a: measure(20, 900), b: small(2, 20), c: measure(20, 900), d: small(2, 20) }),
    "multiply(a,b) multiply(c,d) add(#1,#2)",
    [
      [
        "A {vehicle} travels {b} hours at {a} {far} per hour and {d} hours at {c} {far} per hour. How far does it travel?",
      ],
      ["The first part is {=1} {far}. The second part is {=2} {far}. In total it is {=3} {far}."],
    ],
    [
      [
        "Driving {a} {far} per hour for {b} hours and then {c} {far} per hour for {d} hours, how far away is {name}?",
      ],
      ["At first it is {=1} {far}. Then it is {=2} {far}. {name} is {=3} {far} away."],
    ],
  ),
  story(
    "three/profit",
    numbers({ a: count(30, 900), b: money(10, 90), c: money(91, 300) }),
    "multiply(a,b) multiply(a,c) subtract(#2,#1)",
    [
      ["A {job} buys {a} {things} for {b} each and sells them for {c} each. What is the profit?"],
      ["The cost is {=1} dollars. The income is {=2} dollars. The profit is {=3} dollars."],
    ],
    [
      ["{name} makes {a} {things} at a cost of {b} each and gets {c} for each. How much is gained?"],
      ["Making them costs {=1} dollars. Selling them brings {=2} dollars. Gained are {=3} dollars."],
    ],
  ),
  story(
    "three/four-parts",
    numbers({ a: count(3_000, 99_999), b: count(20, 900), c: count(20, 900), d: count(20, 900) }),
    "subtract(a,b) subtract(#1,c) subtract(#2,d)",
    [
      [
        "{name} has {a} {things} and gives {b} to {name2}, {c} to {name3} and {d} to {name4}. How many are left?",
        "A {place} with {a} {things} sells {b}, then {c}, then {d}. How many remain?",
      ],
      ["First there are {=1} left. Then there are {=2}. [At last|Finally] there are {=3}."],
    ],
    [
      ["A reservoir of {a} {volume} loses {b}, {c} and {d} {volume} in three days. What is in it then?"],
      ["After a day there are {=1}. After two days there are {=2}. Then there are {=3}."],
    ],
  ),
  story(
    "three/square-cost",
    numbers({ a: measure(50, 99_999), c: money(1, 90) }),
    "sqrt(a) multiply(4,#1) multiply(#2,c)",
    [
      [
        "A square garden has an area of {a} square {short}. A fence costs {c} per unit of length. What does a fence around the garden cost?",
      ],
      ["One side is {=1} {short}. The fence is {=2} {short}. It costs {=3} dollars."],
    ],
    [
      ["Fencing a square pasture of {a} square {short} costs {c} for each unit of length. Find the cost."],
      ["A side is {=1} {short}. All sides are {=2} {short}. The cost is {=3} dollars."],
    ],
  ),
  story(
    "three/diagonal",
    two(measure(3, 300)),
    "power(a,2) power(b,2) add(#1,#2)",
    [
      [
        "The legs of a right triangle are {a} and {b} {short}. What is the square of the hypotenuse?",
        "What is the sum of the squares of {a} and {b}?",
      ],
      ["The first square is {=1}. The second square is {=2}. The sum is {=3}."],
    ],
    [
      ["Two square plots have sides of {a} and {b} {short}. How large are they together?"],
      ["One plot is {=1}. The other plot is {=2}. Together they are {=3}."],
    ],
  ),
  story(
    "three/mix-average",
    numbers({ a: count(13, 900), b: count(13, 900), c: count(13, 900), d: small(3, 90) }),
    "add(a,b,c) divide(#1,d) multiply(#2,2)",
    [
      [
        "{name} has {a} {things}, {name2} {b} and {name3} {c}. They are packed equally into {d} {boxes}. How many {things} are in two {boxes}?",
      ],
      ["Together there are {=1}. One {box} holds {=2}. Two hold {=3}."],
    ],
    [
      ["{a}, {b} and {c} {things} are united and put in {d} equal heaps. How much do two heaps hold?"],
      ["United they are {=1}. A heap holds {=2}. Two heaps hold {=3}."],
    ],
  ),
  story(
    "three/larger-then-sold",
    larger(count(200, 9_000)),
    "subtract(a,b) multiply(#1,2) add(#2,b)",
    [
      [
        "{name} has {a} {things}, {name2} {b}. {name3} has twice as many as the difference. How many do {name2} and {name3} have together?",
      ],
      ["The difference is {=1}. {name3} has {=2}. Together they have {=3}."],
    ],
    [
      ["Take {b} from {a}, double what is left and add {b}. What do you get?"],
      ["What is left is {=1}. Doubled it is {=2}. You get {=3}."],
    ],
  ),
];
