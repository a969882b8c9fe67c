// Situations whose answer is a square root or a logarithm.

import { count, measure, numbers } from "../quantities.js";
import { story, type Story } from "../story.js";

const one = numbers({ a: measure(12, 99_999) });
const whole = numbers({ a: count(12, 9_000_000) });

export const roots: readonly Story[] = [
  story(
    "sqrt/garden",
    one,
    "sqrt(a)",
    [
      [
        "A square [garden|field|room|plot|pool|park] has an area of {a} square {short}. [How long is [one|each|a] side|What is the length of [one|each|a] side|What is its side length]?",
        "What is the side [length |]of a square [with|that has] an area of {a} square {short}?",
        "{name} has a square [garden|lawn|farm] of {a} square {short}. How long is its side?",
      ],
      ["[The|One|Each] side is {=1} {short}[ long|].", "The side length is {=1} {short}."],
    ],
    [
      ["A plot in the shape of a square covers {a} square {short}. Find its edge."],
      ["The edge is {=1} {short}."],
    ],
  ),
  story(
    "sqrt/tiles",
    whole,
    "sqrt(a)",
    [
      [
        "{a} [square |]tiles cover a square floor. How many tiles are [along|on] one side?",
        "{a} {things} are arranged in a square. How many are in [each|one] row?",
        "{a} {people} stand in a square formation. How many [are in a row|rows are there]?",
      ],
      ["There are {=1}[ in a row| along one side|]."],
    ],
    [
      ["{name} lays out {a} {things} as a square. How many {things} does an edge have?"],
      ["An edge has {=1} {things}."],
    ],
  ),
  story(
    "sqrt/plain",
    one,
    "sqrt(a)",
    [
      [
        "What is the [square root|root] of {a}?",
        "[Find|Calculate|Compute|Take] the square root of {a}.",
        "What is sqrt({a})?",
        "[Which|What] [positive |]number [squared|multiplied by itself] [is|gives|equals] {a}?",
      ],
      ["[The square root|It|The result|The number] is {=1}."],
    ],
    [["The square of a number is {a}. What is the number?"], ["The number comes to {=1}."]],
  ),
  story(
    "sqrt/fence",
    one,
    "sqrt(a)",
    [
      [
        "A square [canvas|screen|window|table] measures {a} square {short}. How wide is it?",
        "A farmer wants a square field of {a} square {short}. What should the side be?",
      ],
      ["[It is|The side should be] {=1} {short}[ wide|]."],
    ],
    [["How wide must a square sheet be to have {a} square {short}?"], ["It must be {=1} {short} wide."]],
  ),
  story(
    "sqrt/deviation",
    one,
    "sqrt(a)",
    [
      [
        "The variance of [the scores|a sample|the measurements] is {a}. What is the standard deviation?",
        "A data set has a variance of {a}. Find its standard deviation.",
      ],
      ["The standard deviation is {=1}."],
    ],
    [["What standard deviation belongs to a variance of {a}?"], ["To it belongs {=1}."]],
  ),
  story(
    "sqrt/product",
    whole,
    "sqrt(a)",
    [
      [
        "{name} multiplies a number by itself and gets {a}. What is the number?",
        "I think of a number. Its square is {a}. What is my number?",
      ],
      ["The number is {=1}."],
    ],
    [["A number times the same number makes {a}. Which one is it?"], ["It must be {=1}."]],
  ),
  story(
    "sqrt/diagonal",
    one,
    "sqrt(a)",
    [
      [
        "The sum of the squares of the two [short sides|legs] of a right triangle is {a}. How long is the hypotenuse?",
        "The square of the [hypotenuse|diagonal|distance] is {a}. How long is [the hypotenuse|it]?",
      ],
      ["[The hypotenuse|It] is {=1}[ long|]."],
    ],
    [
      ["By Pythagoras, the squared length of a ladder is {a}. How long is the ladder?"],
      ["The ladder is {=1} long."],
    ],
  ),
  story(
    "sqrt/cloth",
    one,
    "sqrt(a)",
    [
      [
        "{name} cuts a square from {material} with an area of {a} square {short}. How long are its edges?",
        "A square {place} occupies {a} square {short}. What is the length of a wall?",
      ],
      ["[The edges are|A wall is] {=1} {short}[ long|]."],
    ],
    [
      ["A chessboard has an area of {a} square {short}. How long is its border on one side?"],
      ["On one side it is {=1} {short}."],
    ],
  ),
  story(
    "sqrt/trees",
    whole,
    "sqrt(a)",
    [
      [
        "A gardener plants {a} {things} in as many rows as there are {things} in a row. How many rows are there?",
        "Each of some {people} gives as many {things} as there are {people}. That makes {a} {things}. How many {people} are there?",
      ],
      ["There are {=1}."],
    ],
    [
      ["A hall has as many rows as seats per row, {a} seats in all. How many rows does it have?"],
      ["It has {=1} rows."],
    ],
  ),
  story(
    "sqrt/geometric",
    one,
    "sqrt(a)",
    [
      [
        "The product of two numbers is {a}. What is their geometric mean?",
        "A square has the same area as a rectangle of {a} square {short}. What is its side?",
      ],
      ["It is {=1}."],
    ],
    [
      ["Turn a rectangle of {a} square {short} into a square of the same area. What side does it get?"],
      ["It gets a side of {=1}."],
    ],
  ),
];

const big = numbers({ a: measure(12, 9_000_000) });

export const logarithms: readonly Story[] = [
  story(
    "log/plain",
    big,
    "log(a)",
    [
      [
        "What is [the logarithm of {a}|log({a})|the common logarithm of {a}|the base 10 logarithm of {a}|the log of {a}|log10 of {a}|the logarithm base 10 of {a}]?",
        "[Find|Calculate|Compute] the [base 10 |common |]logarithm of {a}.",
        "What is the [base-10|decimal] logarithm of {a}?",
      ],
      ["[The logarithm|The log|It|The result] is {=1}."],
    ],
    [["Work out log to the base 10 of {a}."], ["To the base 10 it is {=1}."]],
  ),
  story(
    "log/exponent",
    big,
    "log(a)",
    [
      [
        "To [which|what] power must 10 be raised to [get|give|make] {a}?",
        "10 to the power of [x|which number|what] [is|equals] {a}?",
        "If 10^x = {a}, what is x?",
        "Solve 10^x = {a}.",
      ],
      ["[The power|The exponent|x] is {=1}."],
    ],
    [["Which exponent turns 10 into {a}?"], ["That exponent is {=1}."]],
  ),
  story(
    "log/tenfold",
    big,
    "log(a)",
    [
      [
        "[A colony|A number|A sum] grows tenfold every [day|hour|year]. After how many [days|hours|years] is it {a} times as large?",
        "How many [days|hours|years] does it take to grow by a factor of {a} if it grows tenfold every [day|hour|year]?",
      ],
      ["It takes {=1}[ of them|].", "After {=1} it is that large."],
    ],
    [
      ["With ten times as many visitors each month, when is a page {a} times as popular?"],
      ["It is after {=1} months."],
    ],
  ),
  story(
    "log/sound",
    big,
    "log(a)",
    [
      [
        "A sound is {a} times as [intense|strong] as the threshold. How many bels is that?",
        "The intensity of a sound rose by a factor of {a}. By how many bels did it rise?",
        "The power ratio of two signals is {a}. How many bels is it?",
      ],
      ["[That is|It is] {=1}[ bels|]."],
    ],
    [
      ["An engine is {a} times louder in intensity than a whisper. What is the level difference in bels?"],
      ["The difference is {=1} bels."],
    ],
  ),
  story(
    "log/earthquake",
    big,
    "log(a)",
    [
      [
        "An earthquake has an amplitude of {a} times the reference. What is its magnitude on the Richter scale?",
        "The waves of a quake are {a} times as large as the standard. What is the magnitude?",
        "One earthquake is {a} times as strong as another. By how many points do they differ on the logarithmic scale?",
      ],
      ["The [magnitude|difference] is {=1}."],
    ],
    [
      ["A seismograph records {a} times the reference amplitude. Which Richter magnitude is it?"],
      ["It is magnitude {=1}."],
    ],
  ),
  story(
    "log/acid",
    big,
    "log(a)",
    [
      [
        "A solution is diluted {a} times. By how much does its pH rise?",
        "One acid has {a} times as many hydrogen ions as another. By how much do their pH values differ?",
        "The reciprocal of the hydrogen ion concentration is {a}. What is the pH?",
      ],
      ["[The pH|It|The difference] is {=1}."],
    ],
    [
      ["How many pH units separate two liquids whose acidity differs by a factor of {a}?"],
      ["They are separated by {=1} units."],
    ],
  ),
  story(
    "log/digits",
    big,
    "log(a)",
    [
      [
        "{name} wants to know how many powers of ten {a} [spans|has]. What is its logarithm?",
        "How many orders of magnitude is {a}?",
        "On a logarithmic scale with base 10, where does {a} lie?",
      ],
      ["It is {=1}."],
    ],
    [["Place {a} on a decimal logarithmic axis: which position does it take?"], ["It takes position {=1}."]],
  ),
  story(
    "log/light",
    big,
    "log(a)",
    [
      [
        "A filter lets through one part in {a} of the light. What is its optical density?",
        "A disinfectant kills all but one in {a} germs. What is the log reduction?",
        "Only one out of {a} [particles|germs] passes. What is the log reduction?",
      ],
      ["It is {=1}."],
    ],
    [["The germ count fell by a factor of {a}. Give the log reduction."], ["The log reduction is {=1}."]],
  ),
  story(
    "log/button",
    big,
    "log(a)",
    [
      [
        "{name} types {a} into a calculator and presses the log [button|key]. What is shown?",
        "On a slide rule {name} looks up the logarithm of {a}. What does {he} read?",
      ],
      ["[The display shows|It is] {=1}."],
    ],
    [["The log key is pressed after entering {a}. What comes out?"], ["What comes out is {=1}."]],
  ),
  story(
    "log/zoom",
    big,
    "log(a)",
    [
      [
        "Each [lens|stage|step] magnifies ten times. How many are needed for {a} times?",
        "Every turn makes the picture ten times as large. How many turns make it {a} times as large?",
      ],
      ["[One needs|It takes] {=1}."],
    ],
    [
      ["An amplifier stage gives a gain of ten. How many stages give a gain of {a}?"],
      ["The number of stages is {=1}."],
    ],
  ),
];

export const naturalLogarithms: readonly Story[] = [
  story(
    "ln/plain",
    big,
    "ln(a)",
    [
      [
        "What is [the natural logarithm of {a}|ln({a})|the natural log of {a}|the logarithm of {a} to the base e|ln of {a}]?",
        "[Find|Calculate|Compute] the natural [logarithm|log] of {a}.",
        "What is the base e logarithm of {a}?",
      ],
      ["[The natural logarithm|The natural log|It|The result] is {=1}."],
    ],
    [["Work out the logarithm to the base e of {a}."], ["To the base e it is {=1}."]],
  ),
  story(
    "ln/exponent",
    big,
    "ln(a)",
    [
      [
        "To [which|what] power must e be raised to [get|give|make] {a}?",
        "e to the power of [x|which number|what] [is|equals] {a}?",
        "If e^x = {a}, what is x?",
        "Solve e^x = {a}.",
      ],
      ["[The power|The exponent|x] is {=1}."],
    ],
    [["Which exponent turns Euler's number into {a}?"], ["That exponent is {=1}."]],
  ),
  story(
    "ln/continuous-growth",
    big,
    "ln(a)",
    [
      [
        "A population grows continuously at a rate of 100% per [year|day|hour]. How long does it take to grow by a factor of {a}?",
        "With continuous growth at rate 1, [when|after what time] is a quantity {a} times as large?",
        "Money is compounded continuously at a rate of 1 per period. How many periods does it take to become {a} times as much?",
      ],
      ["[It takes|The time is] {=1}."],
    ],
    [
      ["Growing continuously at 100%, how many years pass until a colony is {a} times its size?"],
      ["{=1} years pass."],
    ],
  ),
  story(
    "ln/rate",
    big,
    "ln(a)",
    [
      [
        "A quantity grew continuously by a factor of {a} in one [year|day|hour]. What was the continuous growth rate?",
        "What continuous rate makes something {a} times as large in one unit of time?",
      ],
      ["The rate [is|was] {=1}."],
    ],
    [
      ["In one time unit a culture multiplied {a} times by continuous growth. Find the rate."],
      ["The rate comes to {=1}."],
    ],
  ),
  story(
    "ln/decay",
    big,
    "ln(a)",
    [
      [
        "A substance decays continuously at a rate of 1 per [hour|day]. After how many [hours|days] is only one part in {a} left?",
        "How many time constants does it take for a [charge|voltage|signal] to fall to one part in {a}?",
      ],
      ["It takes {=1}."],
    ],
    [
      ["A capacitor discharges exponentially. After how many time constants is its voltage divided by {a}?"],
      ["It is after {=1} time constants."],
    ],
  ),
  story(
    "ln/entropy",
    big,
    "ln(a)",
    [
      [
        "A system has {a} equally likely states. What is its entropy in nats?",
        "How many nats of information are in a choice among {a} equal options?",
      ],
      ["It is {=1}[ nats|]."],
    ],
    [
      ["What is the information, in nats, of one of {a} equally likely messages?"],
      ["The information is {=1} nats."],
    ],
  ),
  story(
    "ln/integral",
    big,
    "ln(a)",
    [
      [
        "What is the integral of 1/x from 1 to {a}?",
        "What is the area under the curve 1/x between 1 and {a}?",
      ],
      ["It is {=1}."],
    ],
    [["Integrate 1/x over the interval from 1 to {a}."], ["The integral is {=1}."]],
  ),
  story(
    "ln/button",
    big,
    "ln(a)",
    [
      [
        "{name} types {a} into a calculator and presses the ln [button|key]. What is shown?",
        "The ln key of a calculator is used on {a}. What is the result?",
      ],
      ["[The display shows|It is] {=1}."],
    ],
    [["{name} enters {a} and hits ln. What appears?"], ["What appears is {=1}."]],
  ),
  story(
    "ln/rocket",
    big,
    "ln(a)",
    [
      [
        "By the rocket equation, the speed gain in units of exhaust speed is the natural log of the mass ratio. What is it for a ratio of {a}?",
        "A rocket has a mass ratio of {a}. How many times the exhaust speed does it gain?",
      ],
      ["It is {=1}."],
    ],
    [
      [
        "The full rocket is {a} times as heavy as the empty one. By how many exhaust speeds does it speed up?",
      ],
      ["It speeds up by {=1} exhaust speeds."],
    ],
  ),
  story(
    "ln/interest",
    big,
    "ln(a)",
    [
      [
        "{name} wants the natural log of a growth factor of {a}. What is it?",
        "An amount with continuous interest became {a} times as large. What is the rate multiplied by the time?",
      ],
      ["It is {=1}."],
    ],
    [
      ["Rate times time of a continuously compounded deposit that grew {a} times is what?"],
      ["It comes to {=1}."],
    ],
  ),
];
