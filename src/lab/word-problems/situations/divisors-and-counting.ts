// Situations about common multiples and divisors, remainders, selections and orders.

import { count, numbers, small, type Draw } from "../quantities.js";
import { story, type Story } from "../story.js";

const cycles = numbers({ a: small(4, 130), b: small(4, 130) });
const threeCycles = numbers({ a: small(4, 50), b: small(4, 50), c: small(4, 50) });
/** Two numbers that share a factor more often than chance would have it. */
const common: Draw = (random) => ({
  numeral: String(random.integer(2, 40) * random.integer(3, 60)),
  kind: "count",
});
const sharing = numbers({
  a: common,
  b: (random, { a }) =>
    random.chance(0.6)
      ? {
          numeral: String(Math.max(12, greatestSmallFactor(Number(a!.numeral)) * random.integer(2, 60))),
          kind: "count",
        }
      : common(random, {}),
});
const rest = numbers({ b: count(3, 900), a: count(50, 99_999) }, ({ a, b }) => a! > 2 * b!);
const selection = numbers({ n: small(6, 60), r: small(2, 9) }, ({ n, r }) => n! > r! + 1);
const order = numbers({ n: small(5, 30), r: small(2, 7) }, ({ n, r }) => n! > r!);

function greatestSmallFactor(n: number): number {
  for (let factor = 40; factor > 1; factor--) if (n % factor === 0) return factor;
  return 1;
}

export const commonMultiples: readonly Story[] = [
  story(
    "lcm/buses",
    cycles,
    "lcm(a,b)",
    [
      [
        "One [bus|train|ferry|tram] leaves every {a} minutes and another every {b} minutes. They leave together [now|at noon|at 8 o'clock]. After how many minutes do they leave together again?",
        "Two [buses|trains|ferries] leave [the station|the harbor|] at the same time. One goes every {a} minutes, the other every {b} minutes. When do they next leave at the same time?",
      ],
      ["They leave together again after {=1} minutes.", "[It is|That is] after {=1} minutes."],
    ],
    [
      [
        "Line one runs each {a} minutes, line two each {b} minutes, both start at six. How many minutes pass until they start together?",
      ],
      ["Until then {=1} minutes pass."],
    ],
  ),
  story(
    "lcm/lights",
    cycles,
    "lcm(a,b)",
    [
      [
        "Two [lights|lighthouses|lamps|signals] flash every {a} and every {b} seconds. They flash together. After how many seconds do they flash together again?",
        "One [bell|alarm|clock] rings every {a} minutes and another every {b} minutes. They ring together now. In how many minutes will they ring together again?",
      ],
      ["[They do so again|It happens] after {=1}[ seconds| minutes|].", "They meet after {=1}."],
    ],
    [
      [
        "A red lamp blinks each {a} seconds and a green lamp each {b} seconds. How long from one joint blink to the next?",
      ],
      ["From one to the next it is {=1} seconds."],
    ],
  ),
  story(
    "lcm/visits",
    cycles,
    "lcm(a,b)",
    [
      [
        "{name} [visits|goes to|cleans|waters] the {place} every {a} days and {name2} every {b} days. Both are there today. In how many days [will they meet|are both there] again?",
        "{name} [trains|swims|shops] every {a} days, {name2} every {b} days. Today both do. After how many days do both do so again?",
      ],
      ["[They meet|It happens] again [in|after] {=1} days."],
    ],
    [
      [
        "Every {a} days {name} calls home, every {b} days {name2} does. Both called today. When do both call on one day again?",
      ],
      ["It is in {=1} days."],
    ],
  ),
  story(
    "lcm/laps",
    cycles,
    "lcm(a,b)",
    [
      [
        "{name} runs a lap in {a} [seconds|minutes] and {name2} in {b}. They start together. After [how long|what time] are they at the start together again?",
        "Two [planets|satellites|wheels] need {a} and {b} [days|hours|seconds] for one turn. When are they [lined up|in the same position] again?",
      ],
      ["They are together again after {=1}."],
    ],
    [
      [
        "Two cyclists circle a track in {a} and {b} seconds. How many seconds after the start do they cross the line side by side?",
      ],
      ["They cross it after {=1} seconds."],
    ],
  ),
  story(
    "lcm/packs",
    cycles,
    "lcm(a,b)",
    [
      [
        "{things} come in packs of {a} and {things2} in packs of {b}. {name} wants the same number of each. What is the smallest number of each [{he} can buy|]?",
        "What is the smallest number of {things} that can be packed in {boxes} of {a} as well as in {boxes} of {b} with none left over?",
        "[Rolls|Sausages] are sold {a} to a pack, [buns|plates] {b} to a pack. What is the least number of each to have equal numbers?",
      ],
      ["The smallest number is {=1}."],
    ],
    [
      ["Bolts come {a} to a bag and nuts {b} to a bag. What is the least equal amount of both?"],
      ["The least amount is {=1}."],
    ],
  ),
  story(
    "lcm/plain",
    cycles,
    "lcm(a,b)",
    [
      [
        "What is the [least|lowest|smallest] common multiple of {a} and {b}?",
        "[Find|Calculate|Compute] the [least|lowest|smallest] common multiple of {a} and {b}.",
        "What is [the LCM of {a} and {b}|lcm({a}, {b})]?",
        "What is the [smallest|least] [positive |]number [that is divisible|divisible] by both {a} and {b}?",
      ],
      ["[The least common multiple|It|The result] is {=1}."],
    ],
    [["Which is the first number that both {a} and {b} divide?"], ["The first such number is {=1}."]],
  ),
  story(
    "lcm/three",
    threeCycles,
    "lcm(a,b,c)",
    [
      [
        "What is the least common multiple of {a}, {b} and {c}?",
        "Three [bells|lights|alarms] go off every {a}, {b} and {c} [minutes|seconds]. They go off together now. After how long do they go off together again?",
        "Three [buses|ships] leave every {a}, {b} and {c} [minutes|days]. When do all three leave together again?",
      ],
      ["[It is|They do so after|The answer is] {=1}."],
    ],
    [
      [
        "Machines need service every {a}, {b} and {c} days. After how many days does all service fall on one day?",
      ],
      ["It does after {=1} days."],
    ],
  ),
  story(
    "lcm/gears",
    cycles,
    "lcm(a,b)",
    [
      [
        "Two gears with {a} and {b} teeth [turn together|mesh]. After how many teeth are they back in the same position?",
        "Two ropes have knots every {a} and every {b} centimeters. At what distance do the knots meet first?",
      ],
      ["It is after {=1}."],
    ],
    [
      ["A wheel of {a} teeth drives one of {b} teeth. After how many teeth is the starting position back?"],
      ["It is back after {=1} teeth."],
    ],
  ),
  story(
    "lcm/denominator",
    cycles,
    "lcm(a,b)",
    [
      [
        "What is the [least|lowest] common denominator of fractions with the denominators {a} and {b}?",
        "Two fractions have denominators {a} and {b}. What is the smallest denominator for adding them?",
      ],
      ["The denominator is {=1}."],
    ],
    [["To add 1/{a} and 1/{b}, which smallest denominator is used?"], ["Used is {=1}."]],
  ),
  story(
    "lcm/square",
    cycles,
    "lcm(a,b)",
    [
      [
        "Tiles measure {a} by {b} centimeters. What is the side of the smallest square that can be [laid|made] with them?",
        "Towers are built of blocks {a} and {b} centimeters high. What is the smallest height at which they are equal?",
      ],
      ["It is {=1} centimeters."],
    ],
    [
      [
        "Bricks of {a} and {b} millimeters are stacked in two piles. At what height are the piles level first?",
      ],
      ["They are level first at {=1} millimeters."],
    ],
  ),
];

export const commonDivisors: readonly Story[] = [
  story(
    "gcd/groups",
    sharing,
    "gcd(a,b)",
    [
      [
        "A [teacher|coach|leader] has {a} [girls|{things}] and {b} [boys|{things2}] and wants [equal|identical] groups with none left over. What is the [largest|greatest] number of groups?",
        "{name} has {a} {things} and {b} {things2}. What is the [largest|greatest] number of identical [bags|{boxes}|sets] {he} can make [with nothing left over|using all of them]?",
        "What is the [largest|greatest] number of {people} among whom {a} {things} and {b} {things2} can be shared equally?",
      ],
      ["The [largest|greatest] number is {=1}.", "There [can be|are] {=1}[ groups| sets|]."],
    ],
    [
      [
        "{name} wants to make as many equal gift packs as possible out of {a} {things} and {b} {things2}. How many packs can {name} make?",
      ],
      ["{name} can make {=1} packs."],
    ],
  ),
  story(
    "gcd/tiles",
    sharing,
    "gcd(a,b)",
    [
      [
        "A floor of {a} by {b} centimeters is to be covered with equal square tiles. What is the [largest|greatest] possible tile?",
        "What is the side of the [largest|greatest] square tile that fits a [room|floor|wall] of {a} by {b} centimeters exactly?",
        "A sheet of {a} by {b} {short} is cut into equal squares with no waste. How large can they be?",
      ],
      ["The [largest|greatest] side is {=1}[ centimeters| {short}|]."],
    ],
    [
      [
        "Square slabs shall pave a terrace of {a} times {b} {short} without cutting. What is their greatest size?",
      ],
      ["Their greatest size is {=1} {short}."],
    ],
  ),
  story(
    "gcd/ropes",
    sharing,
    "gcd(a,b)",
    [
      [
        "Two [ropes|boards|pipes|ribbons] of {a} and {b} {short} are cut into equal pieces as long as possible[ with nothing left|]. How long is each piece?",
        "What is the [longest|greatest] length into which [ropes|boards|ribbons] of {a} and {b} {short} can both be cut without waste?",
      ],
      ["[Each piece|The longest length] is {=1} {short}."],
    ],
    [
      ["A beam of {a} and a beam of {b} {short} are sawn into the longest equal parts. How long is a part?"],
      ["A part is {=1} {short} long."],
    ],
  ),
  story(
    "gcd/plain",
    sharing,
    "gcd(a,b)",
    [
      [
        "What is the [greatest|largest|highest] common [divisor|factor] of {a} and {b}?",
        "[Find|Calculate|Compute] the [greatest|largest|highest] common [divisor|factor] of {a} and {b}.",
        "What is [the GCD of {a} and {b}|gcd({a}, {b})|the GCF of {a} and {b}]?",
        "What is the [largest|greatest] number that divides both {a} and {b}?",
      ],
      ["[The greatest common divisor|It|The result] is {=1}."],
    ],
    [["By which greatest number can both {a} and {b} be divided evenly?"], ["That number is {=1}."]],
  ),
  story(
    "gcd/fraction",
    sharing,
    "gcd(a,b)",
    [
      [
        "By which number can the fraction {a}/{b} be [reduced|simplified]?",
        "{name} wants to [reduce|simplify] the fraction {a}/{b} to lowest terms. By what number should {he} divide?",
      ],
      ["[It is|The number is] {=1}."],
    ],
    [["What cancels from {a}/{b} to bring it to its simplest form?"], ["What cancels is {=1}."]],
  ),
  story(
    "gcd/teams",
    sharing,
    "gcd(a,b)",
    [
      [
        "{a} {people} from {city} and {b} from {city2} form teams of equal size without mixing towns. What is the largest team size?",
        "A [farmer|shepherd] has {a} {animals} and {b} {animals2} and wants pens with the same number of animals, kinds kept apart. What is the largest number per pen?",
      ],
      ["The largest number is {=1}."],
    ],
    [
      [
        "{a} sopranos and {b} altos stand in rows of the same length, each row of one voice. What is the longest row?",
      ],
      ["The longest row has {=1}."],
    ],
  ),
  story(
    "gcd/bouquets",
    sharing,
    "gcd(a,b)",
    [
      [
        "A florist has {a} roses and {b} tulips. What is the greatest number of identical bouquets that uses all flowers?",
        "A baker has {a} cookies and {b} muffins for identical plates. What is the greatest number of plates?",
      ],
      ["The greatest number is {=1}."],
    ],
    [
      ["How many equal bouquets at most come out of {a} lilies and {b} daisies?"],
      ["At most {=1} bouquets come out."],
    ],
  ),
  story(
    "gcd/containers",
    sharing,
    "gcd(a,b)",
    [
      [
        "Two [tanks|barrels|cans] hold {a} and {b} liters of {liquid}. What is the largest measure that fills both an exact number of times?",
        "What is the capacity of the largest can that measures {a} and {b} liters exactly?",
      ],
      ["It is {=1} liters."],
    ],
    [
      ["The largest jug that empties both {a} and {b} liters without rest holds how much?"],
      ["It holds {=1} liters."],
    ],
  ),
  story(
    "gcd/posts",
    sharing,
    "gcd(a,b)",
    [
      [
        "Trees are planted at equal distances along the sides of a field of {a} by {b} {short}, with one at every corner. What is the greatest distance?",
        "Posts stand at equal distances around a plot {a} {short} long and {b} {short} wide, one in every corner. How far apart are they at most?",
      ],
      ["[The greatest distance|It] is {=1} {short}."],
    ],
    [
      [
        "Lamps at regular intervals light two streets of {a} and {b} {short} from end to end. What is the widest interval?",
      ],
      ["The widest interval is {=1} {short}."],
    ],
  ),
  story(
    "gcd/shelves",
    sharing,
    "gcd(a,b)",
    [
      [
        "A library has {a} novels and {b} comics. Each shelf gets the same number of books of one kind. What is the largest number per shelf?",
        "{a} {color} and {b} {color2} beads are strung on chains of equal length, one color each. What is the greatest length?",
      ],
      ["It is {=1}."],
    ],
    [
      [
        "A printer stacks {a} flyers and {b} posters in piles of equal height, sorts apart. What is the highest pile?",
      ],
      ["The highest pile has {=1}."],
    ],
  ),
];

export const remainders: readonly Story[] = [
  story(
    "remainder/left-over",
    rest,
    "remainder(a,b)",
    [
      [
        "{name} [packs|puts] {a} {things} into {boxes} of {b}. How many {things} are left over?",
        "{a} {things} are shared equally among {b} {people}. How many [are left over|remain]?",
        "{a} {people} form [teams|groups|rows] of {b}. How many are left over?",
        "How many {things} are left over when {a} {things} are packed in {boxes} of {b}?",
      ],
      [
        "[The remainder is|There are|Left over are] {=1}[ {things}|].",
        "{=1} are left over.",
        "The remainder is {!1}.",
      ],
    ],
    [
      ["{b} {things} go into every {box}. Of {a} {things}, what does not fill a {box}?"],
      ["What does not fill one is {=1}."],
    ],
  ),
  story(
    "remainder/plain",
    rest,
    "remainder(a,b)",
    [
      [
        "What is the remainder [when {a} is divided by {b}|of {a} divided by {b}|after dividing {a} by {b}]?",
        "What is {a} mod {b}?",
        "[Find|Calculate|Compute] the remainder of {a} divided by {b}.",
        "What [remains|is left over] when {a} is divided by {b}?",
      ],
      ["[The remainder|It|The result] is {=1}.", "The remainder is {!1}."],
    ],
    [["Divide {a} by {b} in whole numbers. What rest do you get?"], ["You get the rest {=1}."]],
  ),
  story(
    "remainder/pages",
    rest,
    "remainder(a,b)",
    [
      [
        "{name} puts {a} photos in an album, {b} on each page. How many are on the last[, not full|] page?",
        "{name} reads {b} pages every day of a book with {a} pages. How many pages are left for the last day?",
      ],
      ["[On the last page are|There are|Left are] {=1}."],
    ],
    [
      ["{a} stamps fill pages of {b}. How many stand on the page that is not full?"],
      ["On it stand {=1} stamps."],
    ],
  ),
  story(
    "remainder/money",
    numbers({ b: small(3, 95), a: count(100, 90_000) }),
    "remainder(a,b)",
    [
      [
        "{name} has {a} dollars and buys as many {things} as possible at {b} dollars each. How much money is left?",
        "{things} cost {b} cents each. {name} spends as much of {a} cents as possible. How many cents remain?",
      ],
      ["[{name} has|There are] {=1} left.", "What is left is {=1}."],
    ],
    [
      [
        "With {a} dollars one buys tickets at {b} dollars until the money no longer suffices. What stays in the purse?",
      ],
      ["In the purse stay {=1} dollars."],
    ],
  ),
  story(
    "remainder/cut",
    rest,
    "remainder(a,b)",
    [
      [
        "A [rope|board|pipe|ribbon|cable] of {a} centimeters is cut into pieces of {b} centimeters. How [long is the rest|much is left over]?",
        "From {a} meters of [cloth|wire|string], pieces of {b} meters are cut. How many meters are wasted?",
      ],
      ["[The rest is|Left over are] {=1}."],
    ],
    [
      [
        "{name} cuts as many {b} centimeter sticks as possible from a pole of {a} centimeters. How long is the stump?",
      ],
      ["The stump is {=1} centimeters long."],
    ],
  ),
  story(
    "remainder/clock",
    numbers({ a: count(100, 99_999) }),
    "remainder(a,24)",
    [
      [
        "A process takes {a} hours. How many hours is it beyond full days?",
        "It is midnight. What hour does a 24-hour clock show after {a} hours?",
      ],
      ["It is {=1}."],
    ],
    [["{a} hours after midnight, which full hour is it on a 24-hour clock?"], ["The hour is {=1}."]],
  ),
  story(
    "remainder/week",
    numbers({ a: count(100, 99_999) }),
    "remainder(a,7)",
    [
      [
        "How many days beyond full weeks are {a} days?",
        "{a} days are divided into weeks. How many days are left over?",
      ],
      ["[There are|Left over are] {=1} days."],
    ],
    [
      ["A voyage of {a} days is counted in weeks. Which number of odd days is there?"],
      ["There are {=1} odd days."],
    ],
  ),
  story(
    "remainder/dozen",
    numbers({ a: count(100, 99_999) }),
    "remainder(a,12)",
    [
      [
        "{a} eggs are packed by the dozen. How many are left over?",
        "How many {things} are left when {a} {things} are sold by the dozen?",
      ],
      ["[There are|Left over are] {=1}."],
    ],
    [["A hen house gives {a} eggs, shipped in dozens. How many stay behind?"], ["{=1} stay behind."]],
  ),
  story(
    "remainder/seats",
    rest,
    "remainder(a,b)",
    [
      [
        "{a} {people} fill buses with {b} seats each. How many sit in the last bus that is not full?",
        "{a} {people} sit at tables for {b}. How many sit at the table that is not full?",
        "Boats carry {b} {people} each. {a} {people} cross. How many are in the last boat?",
      ],
      ["[In it are|There sit|It has] {=1}[ {people}|]."],
    ],
    [
      ["A lift takes {b} {people} at a time. Of {a} waiting, how many ride in the last one?"],
      ["In the last one ride {=1}."],
    ],
  ),
  story(
    "remainder/circle",
    rest,
    "remainder(a,b)",
    [
      [
        "A track has {b} meters per lap. {name} runs {a} meters. How far past the start line does {he} stop?",
        "A wheel has {b} numbered spokes. It turns {a} spokes on. By how many spokes is it past the start?",
        "{name} counts around a circle of {b} {people} to {a}. At which place does {he} end?",
      ],
      ["It is {=1}."],
    ],
    [
      ["Round a ring of {b} stations a train passes {a} stations. How many is it beyond the start?"],
      ["It is {=1} beyond the start."],
    ],
  ),
];

export const selections: readonly Story[] = [
  story(
    "choose/committee",
    selection,
    "choose(n,r)",
    [
      [
        "In how many ways can a [committee|group|team|jury] of {r} be [chosen|formed|selected] from {n} {people}?",
        "How many different [teams|groups|committees] of {r} can be made from {n} {people}?",
        "{n} {people} apply for {r} equal [jobs|places|seats]. How many selections are possible?",
        "A coach picks {r} of {n} players. How many [choices|selections] are there?",
      ],
      ["There are {=1} [ways|possible groups|choices].", "It can be done in {=1} ways."],
    ],
    [
      ["From a class of {n}, {r} helpers are drawn without regard to order. How many outcomes are there?"],
      ["There are {=1} such outcomes."],
    ],
  ),
  story(
    "choose/cards",
    selection,
    "choose(n,r)",
    [
      [
        "How many hands of {r} cards can be dealt from a deck of {n}[ cards|]?",
        "From a deck of {n} cards, {r} are drawn. How many different hands are possible?",
      ],
      ["There are {=1} [hands|possible hands]."],
    ],
    [["A player holds {r} of {n} different cards. How many hands could it be?"], ["It could be {=1} hands."]],
  ),
  story(
    "choose/toppings",
    selection,
    "choose(n,r)",
    [
      [
        "A [pizzeria|shop|bakery] offers {n} [toppings|flavors|fillings]. How many [pizzas|bowls|cakes] with {r} different [toppings|ones] are possible?",
        "In how many ways can {name} choose {r} [flavors|toppings|dishes] from {n}?",
        "How many salads of {r} ingredients can be made from {n} ingredients?",
      ],
      ["There are {=1}[ possible ones| ways|]."],
    ],
    [
      ["An ice cream cup takes {r} of {n} flavors, no flavor twice. How many cups can be ordered?"],
      ["{=1} cups can be ordered."],
    ],
  ),
  story(
    "choose/books",
    selection,
    "choose(n,r)",
    [
      [
        "{name} wants to take {r} of {his} {n} {things} on a trip. In how many ways can {he} choose them?",
        "How many ways are there to [pick|choose|select] {r} {things} [from|out of] {n}?",
        "How many combinations of {r} {things} can be made from {n} different {things}?",
      ],
      ["There are {=1} [ways|combinations]."],
    ],
    [
      ["{name} may keep {r} out of {n} {things}. How many possible selections does {he} face?"],
      ["{name} faces {=1} selections."],
    ],
  ),
  story(
    "choose/handshakes",
    numbers({ n: small(7, 240) }),
    "choose(n,2)",
    [
      [
        "{n} {people} shake hands with each other once. How many handshakes are there?",
        "In a league of {n} teams each plays each other once. How many games are there?",
        "How many pairs can be formed from {n} {people}?",
        "How many lines connect {n} points[, no three on a line|] in pairs?",
        "{n} {people} each play one game of chess against every other. How many games are played?",
      ],
      ["There are {=1}[ handshakes| games| pairs|]."],
    ],
    [["Every two of {n} cities are joined by a road. How many roads are there?"], ["There are {=1} roads."]],
  ),
  story(
    "choose/triangles",
    numbers({ n: small(7, 90) }),
    "choose(n,3)",
    [
      [
        "How many triangles can be drawn with {n} points on a circle as corners?",
        "How many groups of three can be formed from {n} {people}?",
      ],
      ["There are {=1}[ triangles| groups|]."],
    ],
    [
      ["{n} dots lie on a ring. In how many ways can three of them be joined to a triangle?"],
      ["They can be joined in {=1} ways."],
    ],
  ),
  story(
    "choose/lottery",
    selection,
    "choose(n,r)",
    [
      [
        "In a lottery {r} numbers are drawn from {n}. How many [results|tickets|draws] are possible?",
        "How many different lottery tickets with {r} of {n} numbers are there?",
      ],
      ["There are {=1}[ possible ones|]."],
    ],
    [
      ["A player marks {r} of {n} fields. How many ways to fill in the slip are there?"],
      ["There are {=1} ways to fill it in."],
    ],
  ),
  story(
    "choose/questions",
    selection,
    "choose(n,r)",
    [
      [
        "An exam has {n} questions and {name} must answer {r}. In how many ways can {he} choose the questions?",
        "{r} of {n} [songs|films|courses] are chosen for a [concert|festival|plan], order does not matter. How many ways are there?",
      ],
      ["There are {=1} ways."],
    ],
    [
      ["{r} topics out of {n} are examined. How many sets of topics could come up?"],
      ["{=1} sets could come up."],
    ],
  ),
  story(
    "choose/plain",
    selection,
    "choose(n,r)",
    [
      [
        "What is {n} choose {r}?",
        "What is the binomial coefficient of {n} and {r}?",
        "How many subsets with {r} elements does a set of {n} elements have?",
        "How many combinations of {n} things taken {r} at a time are there?",
        "What is C({n}, {r})?",
      ],
      ["[It is|There are|The number is] {=1}."],
    ],
    [["Find the number of {r}-element subsets of {n} elements."], ["The number of them is {=1}."]],
  ),
  story(
    "choose/samples",
    selection,
    "choose(n,r)",
    [
      [
        "An inspector tests {r} of {n} {things}. How many different samples are possible?",
        "{r} of {n} colors are mixed. How many mixtures are there?",
        "{name} invites {r} of {his} {n} friends. In how many ways can {he} do so?",
      ],
      ["There are {=1}[ samples| ways|]."],
    ],
    [
      ["{r} seeds out of {n} are tested. In how many ways can the test seeds be taken?"],
      ["They can be taken in {=1} ways."],
    ],
  ),
];

export const arrangements: readonly Story[] = [
  story(
    "permutate/race",
    order,
    "permutate(n,r)",
    [
      [
        "{n} {people} run a race. In how many ways can the first {r} places be taken?",
        "In a race of {n} runners, how many different orders of the first {r} are possible?",
        "How many ways can {r} prizes, first to last, be awarded among {n} {people}?",
      ],
      ["There are {=1} [ways|orders].", "The places can be taken in {=1} ways."],
    ],
    [
      ["{n} horses start, and the top {r} are listed in order. How many lists can there be?"],
      ["There can be {=1} lists."],
    ],
  ),
  story(
    "permutate/offices",
    order,
    "permutate(n,r)",
    [
      [
        "A club of {n} members elects {r} [different |]officers. In how many ways can the offices be filled?",
        "{r} different [jobs|posts|roles] are given to {r} of {n} {people}. How many ways are there?",
        "In how many ways can {n} {people} fill {r} different [positions|posts|roles]?",
      ],
      ["There are {=1} ways.", "They can be filled in {=1} ways."],
    ],
    [
      [
        "President, secretary and so on, {r} offices in all, are assigned among {n} members. How many assignments exist?",
      ],
      ["There exist {=1} assignments."],
    ],
  ),
  story(
    "permutate/shelf",
    order,
    "permutate(n,r)",
    [
      [
        "In how many [ways|orders] can {r} of {n} {things} be [arranged|lined up|placed] in a row?",
        "{name} arranges {r} of {his} {n} {things} on a shelf. How many [arrangements|orders] are possible?",
        "How many ordered arrangements of {r} {things} can be made from {n}?",
      ],
      ["There are {=1} [ways|arrangements|orders]."],
    ],
    [
      [
        "{name} hangs {r} out of {n} {things} side by side, and the order counts. How many results are there?",
      ],
      ["There are {=1} results."],
    ],
  ),
  story(
    "permutate/codes",
    order,
    "permutate(n,r)",
    [
      [
        "How many codes of {r} different [letters|symbols|digits] can be made from {n}[ without repeating any|]?",
        "A password uses {r} of {n} symbols, none twice. How many passwords are possible?",
        "A lock needs {r} different numbers out of {n} in the right order. How many settings are there?",
      ],
      ["There are {=1}[ codes| passwords|]."],
    ],
    [
      ["Signs of {r} distinct marks are formed from {n} marks. How many signs are there?"],
      ["There are {=1} signs."],
    ],
  ),
  story(
    "permutate/seats",
    order,
    "permutate(n,r)",
    [
      [
        "In how many ways can {r} {people} sit [on|in] {n} [numbered |]seats?",
        "{r} {people} choose among {n} numbered chairs. How many seatings are possible?",
        "{r} cars park in {n} numbered places. In how many ways can they park?",
      ],
      ["There are {=1} ways."],
    ],
    [
      ["{r} guests are given {r} of {n} hotel rooms, one each. How many room plans are possible?"],
      ["Possible are {=1} room plans."],
    ],
  ),
  story(
    "permutate/all",
    numbers({ n: small(6, 13) }),
    "permutate(n,n)",
    [
      [
        "In how many [ways|orders] can {n} {things} be arranged [in a row|on a shelf]?",
        "In how many ways can {n} {people} [stand in line|queue up|line up]?",
        "How many orders are there to visit {n} cities once each?",
        "How many permutations do {n} [things|elements|letters] have?",
      ],
      ["There are {=1} [ways|orders]."],
    ],
    [
      ["{n} songs make up a show. How many running orders can they have?"],
      ["They can have {=1} running orders."],
    ],
  ),
  story(
    "permutate/playlist",
    order,
    "permutate(n,r)",
    [
      [
        "{name} makes a playlist of {r} songs in order from {n} songs. How many playlists are possible?",
        "A program of {r} [talks|plays|dances] in order is made from {n}. How many programs are possible?",
      ],
      ["There are {=1}[ playlists| programs|]."],
    ],
    [
      ["A tour visits {r} of {n} towns, one after the other. How many tours are there?"],
      ["There are {=1} tours."],
    ],
  ),
  story(
    "permutate/plain",
    order,
    "permutate(n,r)",
    [
      [
        "How many permutations of {r} [out of|from] {n} are there?",
        "What is P({n}, {r})?",
        "How many ordered selections of {r} from {n} elements are there?",
        "How many permutations of {n} things taken {r} at a time are there?",
      ],
      ["There are {=1}.", "It is {=1}."],
    ],
    [
      ["Count the ordered choices, without repetition, of {r} among {n}."],
      ["There are {=1} ordered choices."],
    ],
  ),
  story(
    "permutate/flags",
    order,
    "permutate(n,r)",
    [
      [
        "A signal is made of {r} flags, one above the other, from {n} different flags. How many signals are possible?",
        "A flag with {r} stripes of different colors is made from {n} colors. How many flags are possible?",
      ],
      ["There are {=1}[ signals| flags|]."],
    ],
    [
      ["A tower of {r} blocks is stacked from {n} blocks of different colors. How many towers can be built?"],
      ["{=1} towers can be built."],
    ],
  ),
  story(
    "permutate/schedule",
    order,
    "permutate(n,r)",
    [
      [
        "{r} of {n} {people} are each assigned a different day. In how many ways is that possible?",
        "A timetable has {r} slots for {r} different subjects out of {n}. How many timetables are there?",
        "{r} of {n} {people} give a talk one after another. How many orders are possible?",
      ],
      ["There are {=1}[ ways| orders|]."],
    ],
    [
      ["{n} doctors share {r} night shifts, nobody twice. How many rosters can be drawn up?"],
      ["{=1} rosters can be drawn up."],
    ],
  ),
];
