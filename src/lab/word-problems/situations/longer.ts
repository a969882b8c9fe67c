// One-step situations told at more length, as people write them: context first, numbers in any order.

import {
  count,
  declineOf,
  fractionOf,
  growthOf,
  larger,
  measure,
  money,
  numbers,
  oftenMultipleOf,
  percent,
  small,
  three,
  two,
} from "../quantities.js";
import { story, type Story } from "../story.js";

const growth = numbers({ p: percent(1.2, 40), n: small(3, 30), f: growthOf("p") });
const shares = numbers({ b: count(3, 900), a: oftenMultipleOf("b") }, ({ a, b }) => a! > 2 * b!);

export const longerStories: readonly Story[] = [
  story(
    "long/charity",
    two(money(200, 90_000)),
    "add(a,b)",
    [
      [
        "A charity [event|run|concert] in {city} took in {a} from ticket sales. [Local companies|Sponsors|Visitors] donated another {b}. How much money did the charity [raise|collect] in [total|all]?",
        "The {sport} club of {city} is raising money for a new hall. A bake sale brought {a}, a raffle {b}. How much has the club raised [so far|altogether]?",
      ],
      [
        "The [charity|club] [raised|collected] {=1} dollars.",
        "[In total|Altogether], it raised {=1} dollars.",
      ],
    ],
    [
      [
        "{name} organized a fair. The stalls brought {a} and the lottery brought {b}. What were the earnings of the fair?",
      ],
      ["The fair earned {=1} dollars."],
    ],
  ),
  story(
    "long/festival",
    three(count(200, 50_000)),
    "add(a,b,c)",
    [
      [
        "A music festival lasted three days. On the first day {a} people attended, on the second day {b}, and on the last day {c}. What was the total attendance?",
        "During its three weeks, an exhibition was seen by {a}, {b} and {c} visitors. How many visitors did it have in total?",
      ],
      ["The total [attendance|number] is {=1}.", "[In total|Altogether] there were {=1}."],
    ],
    [
      [
        "Over a long weekend the beach of {city} counted {a}, {b} and {c} bathers. How many bathers came that weekend?",
      ],
      ["That weekend {=1} bathers came."],
    ],
  ),
  story(
    "long/merger",
    two(count(200, 90_000)),
    "add(a,b)",
    [
      [
        "Two companies decide to merge. The first one has {a} employees, while the second one employs {b} people. How many employees will the new company have?",
        "After the merger of two libraries, their {a} and {b} books are kept in one building. How many books are there?",
      ],
      ["[The new company will have|There are] {=1}[ employees| books|]."],
    ],
    [
      ["A school of {a} pupils takes over another school of {b} pupils. How many pupils attend it then?"],
      ["Then {=1} pupils attend it."],
    ],
  ),
  story(
    "long/climb",
    two(measure(50, 6_000)),
    "add(a,b)",
    [
      [
        "A hiker starts at an altitude of {a} {short} and climbs {b} {short}. What altitude does the hiker reach?",
        "A [plane|balloon|drone] flies at {a} {short} and rises by another {b} {short}. How high is it flying now?",
      ],
      ["[The altitude is|It is] {=1} {short}."],
    ],
    [
      ["The cable car begins {a} {short} above the sea and goes up {b} {short}. At what height does it end?"],
      ["It ends at {=1} {short}."],
    ],
  ),
  story(
    "long/budget",
    larger(money(500, 900_000)),
    "subtract(a,b)",
    [
      [
        "The town of {city} planned {a} for a new {place}. In the end, it only cost {b}. How much money did the town save?",
        "{name} has set a budget of {a} for the [trip|wedding|renovation]. So far, {b} has been spent. How much of the budget is left?",
        "A company had revenue of {a} last year and expenses of {b}. What was its profit?",
      ],
      ["[The town saved|There is|The difference is] {=1} dollars[ left|].", "What is left is {=1} dollars."],
    ],
    [
      [
        "Although {a} was set aside for repairs in {city}, the repairs took just {b}. What sum was not needed?",
      ],
      ["The sum not needed was {=1} dollars."],
    ],
  ),
  story(
    "long/mountains",
    larger(measure(200, 9_000)),
    "subtract(a,b)",
    [
      [
        "Mount {city} is {a} {short} high. Mount {city2} has a height of {b} {short}. How much [higher|taller] is Mount {city} than Mount {city2}?",
        "The longest river of the country is {a} {far} long, the second longest {b} {far}. What is the difference in length?",
        "A diver is {a} {short} below the surface and rises to a depth of {b} {short}. How many {short} has the diver risen?",
      ],
      ["[The difference is|It is|That is] {=1}."],
    ],
    [
      [
        "The peak of {city} lies at {a} {short}, its valley at {b} {short}. What is the difference in altitude?",
      ],
      ["The difference in altitude comes to {=1} {short}."],
    ],
  ),
  story(
    "long/marathon",
    larger(measure(20, 900)),
    "subtract(a,b)",
    [
      [
        "{name} is running a race of {a} {far}. After {b} {far}, {he} takes a short break. How many {far} does {name} still have to run?",
        "A [package|letter] has to travel {a} {far} from {city} to {city2}. It has already covered {b} {far}. How far does it still have to go?",
      ],
      ["{=1} {far} are left.", "[There are|It is] {=1} {far}[ left|]."],
    ],
    [
      [
        "On a pilgrimage of {a} {far}, {name} rests in {city} after {b} {far}. What part of the way, in {far}, is to come?",
      ],
      ["To come are {=1} {far}."],
    ],
  ),
  story(
    "long/museum",
    larger(count(200, 90_000)),
    "subtract(a,b)",
    [
      [
        "The museum of {city} owns {a} objects, but only {b} of them are on display. How many objects are in storage?",
        "A theater sold {a} tickets for a show. On the evening of the show, {b} people came. How many tickets were not used?",
        "Last year {a} {people} used the {vehicle}, this year only {b}. By how much did the number drop?",
      ],
      ["[There are|That is|It dropped by] {=1}."],
    ],
    [
      ["Out of {a} letters posted in {city}, {b} were delivered within a day. How many were not?"],
      ["Not delivered within a day were {=1}."],
    ],
  ),
  story(
    "long/concert-money",
    numbers({ a: count(30, 90_000), b: money(3, 300) }),
    "multiply(a,b)",
    [
      [
        "A concert in {city} was attended by {a} people, and each of them paid {b} for a ticket. How much money was taken in?",
        "The {place} charges {b} for [entry|a ticket|a visit]. Last {month}, {a} {people} came. What was the income from [entry|tickets|visits]?",
        "A company pays each of its {a} employees a bonus of {b}. How much does it pay in total?",
      ],
      ["[The income was|In total it was|It pays] {=1} dollars.", "That [is|was] {=1} dollars."],
    ],
    [
      ["Every one of the {a} members owes the club a fee of {b}. What do the fees add up to?"],
      ["The fees add up to {=1} dollars."],
    ],
  ),
  story(
    "long/commute",
    numbers({ a: measure(2, 90), b: count(13, 300) }),
    "multiply(a,b)",
    [
      [
        "{name} drives {a} {far} to work and back every working day. There were {b} working days last year. How many {far} did {name} drive to work and back?",
        "It takes {name} {a} minutes to walk the dog. {He} does this {b} times a [month|season|year]. How many minutes is that?",
        "A {vehicle} burns {a} liters of fuel per 100 kilometers. How many liters does it burn on a trip of {b} times that length?",
      ],
      ["[That is|It is|In total it is] {=1}."],
    ],
    [
      ["Each lap at the {place} is {a} {far}. {name} finished {b} laps this season. What is the distance?"],
      ["The distance comes to {=1} {far}."],
    ],
  ),
  story(
    "long/seconds",
    numbers({ a: measure(2, 900) }),
    "multiply(a,3600)",
    [
      [
        "How many seconds are [there in|in] {a} hours?",
        "A satellite flies {a} {far} every second. How far does it fly in an hour?",
        "Convert {a} hours to seconds.",
      ],
      ["[There are|That is] {=1}."],
    ],
    [["Write {a} hours as seconds."], ["As seconds it is {=1}."]],
  ),
  story(
    "long/year-days",
    numbers({ a: measure(2, 9_000) }),
    "multiply(a,365)",
    [
      [
        "{name} [drinks|uses|needs] {a} liters of water a day. How many liters is that in a year?",
        "How many days are {a} years?",
        "A {place} has {a} visitors per day. How many visitors does it have in a year of 365 days?",
      ],
      ["[That is|There are|In a year it is] {=1}."],
    ],
    [
      ["Day after day a bakery sells {a} rolls. How many rolls does it sell a year?"],
      ["A year it sells {=1} rolls."],
    ],
  ),
  story(
    "long/year-weeks",
    numbers({ a: measure(2, 9_000) }),
    "multiply(a,52)",
    [
      [
        "{name} earns {a} dollars a week. How much does {he} earn in a year?",
        "How many weeks are {a} years?",
        "{name} [runs|cycles] {a} {far} every week. How far is that in a year?",
      ],
      ["[That is|There are|In a year it is] {=1}."],
    ],
    [
      ["Each week the farm uses {a} {weight} of feed. How much feed is it a year?"],
      ["A year it is {=1} {weight}."],
    ],
  ),
  story(
    "long/cents",
    numbers({ a: measure(2, 9_000) }),
    "multiply(a,100)",
    [
      [
        "How many cents are {a} dollars?",
        "How many centimeters are {a} meters?",
        "Convert {a} meters to centimeters.",
        "A box holds 100 {things}. How many {things} are in {a} boxes?",
      ],
      ["[That is|There are] {=1}."],
    ],
    [["Express {a} meters in centimeters."], ["In centimeters it comes to {=1}."]],
  ),
  story(
    "long/from-cents",
    numbers({ a: count(20, 90_000) }),
    "divide(a,100)",
    [
      [
        "How many dollars are {a} cents?",
        "How many meters are {a} centimeters?",
        "Convert {a} centimeters to meters.",
        "{a} {things} come in boxes of 100. How many boxes is that?",
      ],
      ["[That is|There are] {=1}."],
    ],
    [["Express {a} centimeters in meters."], ["In meters it comes to {=1}."]],
  ),
  story(
    "long/from-years",
    numbers({ a: count(400, 99_999) }),
    "divide(a,365)",
    [
      [
        "How many years are {a} days?",
        "The {place} had {a} visitors last year. How many visitors is that per day?",
        "{name} spent {a} dollars on food last year. How much is that a day?",
      ],
      ["[That is|It is] {=1}."],
    ],
    [
      ["A household used {a} liters of water in a year. How many liters did it use per day?"],
      ["Per day it used {=1} liters."],
    ],
  ),
  story(
    "long/from-weeks",
    numbers({ a: money(400, 99_999) }),
    "divide(a,52)",
    [
      [
        "{name} earns {a} a year. How much does {he} earn per week?",
        "The yearly rent of the {place} is {a}. How much is that per week?",
      ],
      ["[That is|It is] {=1} dollars."],
    ],
    [
      ["A yearly pension of {a} is paid out weekly. How large is one payment?"],
      ["One payment is {=1} dollars."],
    ],
  ),
  story(
    "long/from-days",
    numbers({ a: count(100, 99_999) }),
    "divide(a,24)",
    [
      [
        "How many days are {a} hours?",
        "Convert {a} hours to days.",
        "In one day, a {machine} makes {a} {things}. How many does it make per hour?",
      ],
      ["[That is|It is] {=1}."],
    ],
    [["A voyage took {a} hours. Express it in days."], ["In days it comes to {=1}."]],
  ),
  story(
    "long/share-win",
    numbers({ b: small(3, 40), a: money(500, 900_000) }),
    "divide(a,b)",
    [
      [
        "A group of {b} {people} won {a} in the lottery and decided to share the money equally. How much money did each of them get?",
        "{b} {people} rent a {vehicle} together for {a}. Everyone pays the same. How much does each person pay?",
        "A company spreads a cost of {a} evenly over {b} years. How much is that per year?",
      ],
      ["Each [person|of them|year] [gets|pays|is] {=1} dollars.", "[It is|That is] {=1} dollars."],
    ],
    [
      ["The inheritance of {a} goes to {b} heirs in equal parts. What does an heir get?"],
      ["An heir gets {=1} dollars."],
    ],
  ),
  story(
    "long/shelter",
    shares,
    "divide(a,b)",
    [
      [
        "An animal shelter received {a} cans of food. It uses {b} cans every day. For how many days will the food last?",
        "A printing company has to print {a} books. The press prints {b} books per hour. How many hours will the job take?",
        "A school with {a} students wants classes of {b} students. How many classes will there be?",
        "The {place} wants to sell {a} {things}. It sells {b} of them per day on average. How many days will it take?",
      ],
      ["It will [last|take] {=1}[ days| hours|].", "[There will be|That is] {=1}."],
    ],
    [
      [
        "{name} knits {b} rows an evening. A blanket has {a} rows. For how many evenings does the work go on?",
      ],
      ["The work goes on for {=1} evenings."],
    ],
  ),
  story(
    "long/fuel",
    numbers({ a: measure(50, 9_000), b: measure(3, 400) }),
    "divide(a,b)",
    [
      [
        "A {vehicle} can go {b} {far} on one tank of fuel. How many tanks does it need to go {a} {far}?",
        "{name} drove {a} {far} and used {b} gallons of fuel. How many {far} per gallon did the {vehicle} get?",
        "A pipe lets {b} liters of {liquid} through per minute. How long does it take until {a} liters have passed?",
      ],
      ["[It needs|That is|It takes|It is] {=1}."],
    ],
    [
      [
        "With {b} gallons in the tank, the {vehicle} made it {a} {far} far. What distance is that for each gallon?",
      ],
      ["For each gallon it is {=1} {far}."],
    ],
  ),
  story(
    "long/staff",
    shares,
    "divide(a,b)",
    [
      [
        "A hospital has {a} beds and one nurse for every {b} beds. How many nurses does it have?",
        "One teacher is needed for every {b} children. How many teachers are needed for {a} children?",
        "A bus holds {b} passengers. How many buses are needed to carry {a} passengers?",
      ],
      ["[There are|That is|It has] {=1}.", "{=1} are needed."],
    ],
    [
      [
        "Each guide of the {place} takes {b} visitors. How many guides does a crowd of {a} visitors call for?",
      ],
      ["The crowd calls for {=1} guides."],
    ],
  ),
  story(
    "long/bacteria",
    growth,
    "power(f,n)",
    [
      [
        "A scientist observes that a colony of bacteria grows by {p} every hour. By how many times will the colony have grown after {n} hours?",
        "The cost of living in {city} goes up {p} each year. How many times higher will it be in {n} years?",
        "The salary of a {job} increases by {p} annually. By what factor will it have increased after {n} years?",
        "The number of {animals} in a reserve rises {p} per year. How many times as many {animals} will there be in {n} years?",
      ],
      ["[In|After] {n} [years|hours][,|] it [will grow|grows] by {=1} times.", "The factor is {=1}."],
    ],
    [
      ["Each season the output of a vineyard goes up by {p}. Find the factor of increase for {n} seasons."],
      ["The factor of increase is {=1}."],
    ],
  ),
  story(
    "long/depreciation",
    numbers({ p: percent(1.2, 40), n: small(3, 20), f: declineOf("p") }, ({ f, n }) => f! ** n! > 1e-3),
    "power(f,n)",
    [
      [
        "A new {vehicle} loses {p} of its value per year. After {n} years, what fraction of its original value does it have?",
        "The water level of a lake sinks by {p} every month. What part of it is left after {n} months?",
        "A medicine leaves the body at a rate of {p} per hour. What fraction is still in the body after {n} hours?",
      ],
      ["After {n} [years|hours|months][,|] {=1} of it is left.", "The fraction is {=1}."],
    ],
    [
      ["If the sales of a record fall by {p} every week, to what fraction have they fallen after {n} weeks?"],
      ["To a fraction of {=1} they have fallen."],
    ],
  ),
  story(
    "long/percent-story",
    numbers({ a: count(100, 90_000), p: percent(2, 95), f: fractionOf("p") }),
    "multiply(a,f)",
    [
      [
        "In a school of {a} students, {p} come by bus. How many students come by bus?",
        "A farmer planted {a} trees last spring. By autumn, {p} of them had died. How many trees died?",
        "The {place} expects {a} guests. It is known that {p} of guests order {food}. How many guests will order {food}?",
        "{p} of the {a} letters in the English text are vowels. How many vowels are there?",
      ],
      ["[That is|There are|It is] {=1}."],
    ],
    [
      ["About {p} of the {a} households of {city} keep a pet. How many households keep a pet?"],
      ["{=1} households keep a pet."],
    ],
  ),
  story(
    "long/percent-money",
    numbers({ a: money(100, 900_000), p: percent(1.2, 60), f: fractionOf("p") }),
    "multiply(a,f)",
    [
      [
        "{name} bought a house for {a} and made a down payment of {p}. How much was the down payment?",
        "A bank pays {p} interest per year. How much interest does {name} get in a year on {a}?",
        "A waiter got a tip of {p} on a bill of {a}. How much was the tip?",
        "A city spends {p} of its budget of {a} on schools. How much does it spend on schools?",
      ],
      ["[It|The amount] [is|was] {=1} dollars.", "That is {=1} dollars."],
    ],
    [
      ["The agent who sells the house of {name} for {a} keeps {p}. How much does the agent keep?"],
      ["The agent keeps {=1} dollars."],
    ],
  ),
  story(
    "long/what-percent",
    larger(count(30, 90_000)),
    "divide(b,a)",
    [
      [
        "Of {a} {people} who took the test, {b} passed. What fraction of them passed?",
        "A {machine} made {a} {things}, of which {b} were faulty. What is the share of faulty ones as a decimal?",
        "There are {b} winning tickets among {a}. What is the probability of winning?",
      ],
      ["[The fraction|The share|The probability] is {=1}.", "It is {=1}."],
    ],
    [
      ["{b} of {a} days were sunny in {city}. Which fraction of the days was sunny?"],
      ["A fraction of {=1} was sunny."],
    ],
  ),
  story(
    "long/square-land",
    numbers({ a: measure(50, 900_000) }),
    "sqrt(a)",
    [
      [
        "{name} buys a square piece of land with an area of {a} square {short}. {He} wants to know how long each side is. What is the length?",
        "A square swimming pool covers {a} square {short}. How long is one of its edges?",
        "An architect designs a square hall with a floor of {a} square {short}. How wide is the hall?",
      ],
      ["[Each side|The length|It] is {=1} {short}[ long|]."],
    ],
    [
      ["The square market place of {city} takes up {a} square {short}. What is its side?"],
      ["Its side is {=1} {short}."],
    ],
  ),
  story(
    "long/square-area",
    numbers({ a: measure(3, 900) }),
    "power(a,2)",
    [
      [
        "A square farm has sides of {a} {short}. How many square {short} of land does it have?",
        "{name} wants to cover a square floor with sides of {a} {short}. What area must be covered?",
      ],
      ["[It has|The area is] {=1} square {short}."],
    ],
    [
      ["How much glass is in a square window whose edge is {a} {short}?"],
      ["In it are {=1} square {short} of glass."],
    ],
  ),
  story(
    "long/cube-tank",
    numbers({ a: measure(3, 300) }),
    "power(a,3)",
    [
      [
        "A cube-shaped tank has an edge of {a} {short}. How many cubic {short} of {liquid} does it hold?",
        "{name} builds a cube out of {material} with an edge length of {a} {short}. What is the volume of the cube?",
      ],
      ["[It holds|The volume is] {=1} cubic {short}."],
    ],
    [
      ["A dice-shaped room is {a} {short} in each direction. What is its content in cubic {short}?"],
      ["Its content is {=1} cubic {short}."],
    ],
  ),
  story(
    "long/lcm-events",
    numbers({ a: small(4, 90), b: small(4, 90) }),
    "lcm(a,b)",
    [
      [
        "The fire siren of {city} is tested every {a} days and that of {city2} every {b} days. Today both were tested. In how many days will both be tested on the same day again?",
        "A comet is seen every {a} years and another every {b} years. Both are seen this year. After how many years will both be seen in the same year again?",
        "{name} takes one medicine every {a} hours and another one every {b} hours. {He} just took both. After how many hours will {he} take both at the same time again?",
      ],
      ["It will be [in|after] {=1}[ days| years| hours|].", "[It happens|That is] again [in|after] {=1}."],
    ],
    [
      [
        "The cleaning crew comes each {a} days and the gardener each {b} days. They met today. How many days go by until they meet?",
      ],
      ["Until they meet, {=1} days go by."],
    ],
  ),
  story(
    "long/gcd-kits",
    numbers({ a: count(12, 3_000), b: count(12, 3_000) }),
    "gcd(a,b)",
    [
      [
        "{name} is making first-aid kits. {He} has {a} bandages and {b} wipes, and every kit must be the same with nothing left. What is the greatest number of kits {name} can make?",
        "A chef has {a} strawberries and {b} grapes for fruit skewers that should all be identical. What is the maximum number of skewers that uses up all fruit?",
        "A teacher has {a} pencils and {b} erasers and wants to divide them into as many identical sets as possible. How many sets can be made?",
      ],
      ["The [greatest|maximum] number is {=1}.", "{=1} can be made."],
    ],
    [
      [
        "{a} blue and {b} green lanterns shall hang on as many equal ropes as possible. How many ropes are there at most?",
      ],
      ["There are at most {=1} ropes."],
    ],
  ),
  story(
    "long/remainder-story",
    shares,
    "remainder(a,b)",
    [
      [
        "A factory packs {a} {things} into {boxes} that hold {b} each. After all full {boxes} are closed, how many {things} are left over?",
        "{name} has {a} {things} and wants to give the same number to each of {b} {people}, as many as possible. How many {things} will be left over?",
        "{a} {people} are put into groups of {b}. How many {people} do not have a full group?",
      ],
      ["[There are|Left over are] {=1}.", "{=1} are left over.", "The remainder is {!1}."],
    ],
    [
      ["{name} sorts {a} photos into envelopes of {b}. How many photos are without a full envelope?"],
      ["Without one are {=1} photos."],
    ],
  ),
  story(
    "long/choose-story",
    numbers({ n: small(6, 60), r: small(2, 8) }, ({ n, r }) => n! > r! + 1),
    "choose(n,r)",
    [
      [
        "There are {n} {people} in a club. They want to select {r} of them to go to a meeting. How many different selections are possible?",
        "{name} owns {n} {things} and wants to pack {r} of them. How many different ways are there to choose them?",
        "A manager has to pick {r} out of {n} workers for a project. In how many ways can this be done?",
        "The menu has {n} dishes. How many ways are there to choose {r} different dishes?",
      ],
      ["There are {=1} [ways|selections].", "It can be done in {=1} ways."],
    ],
    [
      [
        "Out of {n} films, the jury of {city} may honor {r} equally. How many decisions could the jury reach?",
      ],
      ["The jury could reach {=1} decisions."],
    ],
  ),
  story(
    "long/permute-story",
    numbers({ n: small(5, 25), r: small(2, 6) }, ({ n, r }) => n! > r!),
    "permutate(n,r)",
    [
      [
        "{n} {people} take part in a contest with {r} different prizes. In how many ways can the prizes be given out?",
        "A club with {n} members must elect a president, a vice president and so on, {r} people in different roles. How many ways are there to do it?",
        "{name} wants to visit {r} of {n} cities in a certain order. How many different routes are possible?",
        "How many different passwords of {r} letters can be made from {n} letters if no letter is used twice?",
      ],
      ["There are {=1} [ways|possible ones].", "The number of ways is {=1}."],
    ],
    [
      ["From {n} dancers, {r} get solo parts in a fixed order. How many casts are possible?"],
      ["Possible are {=1} casts."],
    ],
  ),
  story(
    "long/log-story",
    numbers({ a: measure(12, 9_000_000) }),
    "log(a)",
    [
      [
        "{name} is studying {subject} and needs the logarithm of {a} with base 10. What is it?",
        "A chemist needs log {a} for a calculation. What is its value?",
        "How many times must 10 be multiplied by itself, as an exponent, to reach {a}?",
        "The brightness of a star is {a} times that of another. What is the common logarithm of this ratio?",
      ],
      ["[It|The logarithm|The value] is {=1}."],
    ],
    [
      ["For an experiment {name} must know the base-ten log of {a}. Which value is right?"],
      ["Right is {=1}."],
    ],
  ),
  story(
    "long/ln-story",
    numbers({ a: measure(12, 9_000_000) }),
    "ln(a)",
    [
      [
        "{name} is studying {subject} and needs the natural logarithm of {a}. What is it?",
        "A physicist needs ln {a} for a calculation. What is its value?",
        "With e as the base, what exponent gives {a}?",
        "A population grows continuously, e-fold every year. In how many years is it {a} times as large?",
      ],
      ["[It|The natural logarithm|The value] is {=1}."],
    ],
    [
      ["For an experiment {name} must know the log of {a} with base e. Which value is right?"],
      ["Right is {=1}."],
    ],
  ),
];
