// Situations that take one number from another.

import { count, larger, measure, money, numbers, small, year } from "../quantities.js";
import { story, type Story } from "../story.js";

export const subtractions: readonly Story[] = [
  story(
    "subtract/give",
    larger(count()),
    "subtract(a,b)",
    [
      [
        "{name} [has|had|owns] {a} {things}. {He} [gives {b} to {name2}|gives {b} away|sells {b}|loses {b}|uses {b}|throws {b} away]. How many {things} [does {name} have left|are left|remain]?",
        "How many {things} are left if {name} [gives away|sells|loses|eats|uses] {b} of [{his}|the] {a} {things}?",
        "{name} [gave {name2}|sold|lost] {b} of {his} {a} {things}. [What is left|How many does {he} still have]?",
      ],
      ["{name} has {=1} {things} left.", "[There are|That leaves] {=1} {things}[ left|]."],
    ],
    [
      ["Out of {a} {things}, {name} hands {b} to {name2}. With how many does {name} end up?"],
      ["{name} ends up with {=1} {things}."],
    ],
  ),
  story(
    "subtract/difference",
    larger(count()),
    "subtract(a,b)",
    [
      [
        "{name} has {a} {things} and {name2} has {b}. How many more {things} does {name} have [than {name2}|]?",
        "How many fewer {things} does {name2} have than {name}, if {name} has {a} and {name2} {b}?",
        "{name2} [sold|made|collected|found] {b} {things}, {name} {a}. [What is the difference|By how many did {name} win|How many more is that]?",
      ],
      ["{name} has {=1} more[ {things}|].", "The difference is {=1}[ {things}|]."],
    ],
    [
      ["{name}'s {a} {things} exceed the {b} {things} of {name2} by what number?"],
      ["They exceed them by {=1}."],
    ],
  ),
  story(
    "subtract/stock",
    larger(count(50, 99_999)),
    "subtract(a,b)",
    [
      [
        "The {place} had {a} {things} [in stock|in store|]. It sold {b} [on {day}|in {month}|]. How many [are left|remain|does it still have]?",
        "A {place} ordered {a} {things}, but only {b} [arrived|were delivered|came]. How many are [missing|still to come]?",
        "Of {a} {things} in a delivery, {b} were [broken|damaged|bad|spoiled]. How many were [good|fine|intact]?",
      ],
      ["[There are|That is] {=1} {things}[ left|].", "[The {place} has|It has] {=1} {things} left."],
    ],
    [
      [
        "The shelves of the {place} held {a} {things} until customers carried off {b}. What number stayed on the shelves?",
      ],
      ["On the shelves stayed {=1} {things}."],
    ],
  ),
  story(
    "subtract/change",
    larger(money(3, 900)),
    "subtract(a,b)",
    [
      [
        "{name} [buys|bought] a {good} for {b} and pays with {a}. How much change does {he} get[ back|]?",
        "How much change [do you get|is due] from {a} if you [pay|owe] {b}?",
        "{name} has {a}. {He} spends {b} on a {good}. How much [money |]does {he} have left?",
      ],
      ["[The change is|{name} gets|{name} has] {=1} dollars[ back| left|].", "That leaves {=1} dollars."],
    ],
    [
      ["A {good} at {b} is paid with {a} in cash. What does the cashier return?"],
      ["The cashier returns {=1} dollars."],
    ],
  ),
  story(
    "subtract/balance",
    larger(money(50, 90_000)),
    "subtract(a,b)",
    [
      [
        "{name} has {a} in [the bank|savings|an account] and [withdraws|takes out|spends|pays] {b}. [What is the balance|How much is left|How much remains]?",
        "{name} earns {a} and spends {b}. How much does {he} save?",
        "{name} owes {a} and has [already |]paid back {b}. How much does {he} still owe?",
      ],
      [
        "[The balance is|What is left is|What remains is] {=1} dollars.",
        "{name} [has|saves|owes] {=1} dollars.",
      ],
    ],
    [
      ["After a payment of {b}, what remains on an account of {a}?"],
      ["On the account remains {=1} dollars."],
    ],
  ),
  story(
    "subtract/profit",
    larger(money(20, 90_000)),
    "subtract(a,b)",
    [
      [
        "A {job} [bought|made] a {good} for {b} and sold it for {a}. What was the profit?",
        "The {place} [earned|took in] {a} and had [costs|expenses] of {b}. What is its [profit|gain]?",
      ],
      ["The profit is {=1} dollars."],
    ],
    [
      ["With income of {a} against spending of {b}, how much did the {place} gain?"],
      ["It gained {=1} dollars."],
    ],
  ),
  story(
    "subtract/discount",
    larger(money(5, 5_000)),
    "subtract(a,b)",
    [
      [
        "A {good} [costs|is priced at] {a}. [With a coupon it is|There is a discount of|The price is reduced by] {b} [less|off|]. [What is the new price|How much does it cost now|What does {name} pay]?",
        "How much cheaper is a {good} at {b} than a {good2} at {a}?",
        "The price of a {good} fell from {a} to {b}. By how much did it fall?",
      ],
      ["The [price|difference] is {=1} dollars.", "It is {=1} dollars."],
    ],
    [
      ["The seller takes {b} off the {a} of a {good}. For how much does it go?"],
      ["It goes for {=1} dollars."],
    ],
  ),
  story(
    "subtract/distance",
    larger(measure(5, 9_000)),
    "subtract(a,b)",
    [
      [
        "The [way|road|trip] to {city} is {a} {far}. {name} has [driven|walked|gone|cycled] {b} {far}. How far is it still?",
        "A {vehicle} has to go {a} {far} and has covered {b} {far}. How many {far} [remain|are left]?",
        "{name} [ran|walked|cycled] {a} {far} and {name2} {b} {far}. How much farther did {name} go?",
      ],
      [
        "[It is|There are] {=1} {far}[ left|].",
        "[The remaining distance|The distance|The rest] is {=1} {far}.",
      ],
    ],
    [["{b} {far} into a race of {a} {far}, what stretch lies ahead of {name}?"], ["Ahead lie {=1} {far}."]],
  ),
  story(
    "subtract/cut",
    larger(measure(3, 4_000)),
    "subtract(a,b)",
    [
      [
        "A [rope|board|pipe|ribbon|cable] is {a} {short} long. {name} cuts off {b} {short}. How long is [the rest|it now|what is left]?",
        "From a [rope|board|pipe|ribbon|cable] of {a} {short}, {b} {short} are cut off. What [length|] remains?",
        "The [tower|tree|mountain|building] is {a} {short} high, the [house|bush|hill] next to it {b} {short}. How much [higher|taller] is the first?",
      ],
      ["[The rest is|The difference is|It is] {=1} {short}[ long|].", "{=1} {short} remain."],
    ],
    [
      ["What is left of {a} {short} of [wire|cloth|string] when {b} {short} have been used up?"],
      ["Of it {=1} {short} are left."],
    ],
  ),
  story(
    "subtract/weight",
    larger(measure(3, 9_000)),
    "subtract(a,b)",
    [
      [
        "A [bag|sack|crate|truck] with {a} {weight} of {food} loses {b} {weight}. How much is left?",
        "{name} has {a} {weight} of {food} and uses {b} {weight}. How many {weight} [remain|are left]?",
        "A full box weighs {a} {weight} and empty {b} {weight}. What do the contents weigh?",
      ],
      ["[There are|That is] {=1} {weight}[ left|].", "The [weight|rest] is {=1} {weight}."],
    ],
    [
      ["The baker takes {b} {weight} out of a stock of {a} {weight} of {food}. What is the stock now?"],
      ["The stock is {=1} {weight}."],
    ],
  ),
  story(
    "subtract/liquid",
    larger(measure(3, 9_000)),
    "subtract(a,b)",
    [
      [
        "A tank [holds|contains] {a} {volume} of {liquid}. {b} {volume} [leak out|are used|are pumped out|evaporate]. How much [is left|remains]?",
        "A barrel can hold {a} {volume}. It contains {b} {volume} of {liquid}. How many {volume} more [fit in|can be added]?",
      ],
      ["[There are|That leaves] {=1} {volume}.", "[The rest is|It is] {=1} {volume}."],
    ],
    [
      ["{b} {volume} of {liquid} are drained from a pool of {a} {volume}. What stays in the pool?"],
      ["In the pool stay {=1} {volume}."],
    ],
  ),
  story(
    "subtract/people",
    larger(count(30, 90_000)),
    "subtract(a,b)",
    [
      [
        "There are {a} {people} [in|at] the {place}. {b} [leave|go home|go out]. How many [stay|are still there|remain]?",
        "Of the {a} {people} [at|in] the {place}, {b} are [men|women|children|adults]. How many are not?",
        "A {place} has {a} seats and {b} are taken. How many seats are [free|empty]?",
        "{a} {people} [signed up|were invited], but {b} did not come. How many came?",
      ],
      ["[There are|That is|That leaves] {=1}[ {people}|].", "{=1} [remain|are left]."],
    ],
    [
      ["{b} of {a} {people} had gone by noon. What number of {people} was still around?"],
      ["Around were still {=1} {people}."],
    ],
  ),
  story(
    "subtract/population",
    larger(count(300, 900_000)),
    "subtract(a,b)",
    [
      [
        "{city} has {a} [inhabitants|people] and {city2} {b}. How many more [inhabitants|people] does {city} have?",
        "The population of {city} [fell|decreased|dropped] from {a} to {b}. By how many people did it [fall|decrease|drop]?",
        "{city} had {a} people, then {b} moved away. How many people live there now?",
      ],
      ["[The difference is|It is|There are] {=1}[ people|]."],
    ],
    [["Since {b} of its {a} people left {city}, how many are there?"], ["Still there are {=1} people."]],
  ),
  story(
    "subtract/book",
    larger(count(30, 3_000)),
    "subtract(a,b)",
    [
      [
        "A book has {a} pages. {name} has read {b} [pages|of them]. How many pages [are left|does {he} still have to read]?",
        "{name} must [solve|answer|write|type] {a} [exercises|questions|lines]. {He} has done {b}. How many are left?",
      ],
      ["[There are|{name} still has] {=1} [pages|of them] left.", "{=1} are left."],
    ],
    [
      ["{name} stopped at page {b} of a novel with {a} pages. How many pages are ahead?"],
      ["Ahead are {=1} pages."],
    ],
  ),
  story(
    "subtract/years",
    numbers({ b: year(1720, 1950), a: year(1951, 2031) }),
    "subtract(a,b)",
    [
      [
        "A [bridge|house|church|railway|school] was built in {b}. How old [was|is] it in {a}?",
        "{name} was born in {b}. How old [is {he}|would {he} be] in {a}?",
        "How many years [are there between|lie between|passed from] {b} and {a}?",
      ],
      ["[It is|The age is|That is] {=1} years[ old|]."],
    ],
    [
      ["The club of {city}, founded in {b}, celebrates in {a}. Which anniversary is it?"],
      ["It is anniversary number {=1}."],
    ],
  ),
  story(
    "subtract/age",
    numbers({ a: small(30, 99), b: small(13, 60) }, ({ a, b }) => a! > b!),
    "subtract(a,b)",
    [
      [
        "{name} is {a} years old and {name2} is {b}. How many years older is {name}?",
        "{name} is {a} years old. How old was {he} {b} years ago?",
      ],
      ["The [difference|age] is {=1} years."],
    ],
    [["{name} turned {a} today; {name2} is {b}. What is their age gap?"], ["The age gap is {=1} years."]],
  ),
  story(
    "subtract/temperature",
    larger(measure(3, 200)),
    "subtract(a,b)",
    [
      [
        "The temperature was {a} degrees and [fell|dropped|sank] by {b} degrees. What is it now?",
        "It was {a} degrees at noon and {b} degrees at night. By how many degrees did the temperature [fall|drop]?",
      ],
      ["[It is|The temperature changed to|The difference is] {=1} degrees."],
    ],
    [
      ["An oven at {a} degrees cools down by {b} degrees. What does its display show?"],
      ["The display shows {=1} degrees."],
    ],
  ),
  story(
    "subtract/below",
    larger(measure(3, 9_000)),
    "subtract(b,a)",
    [
      [
        "An account holds {b} dollars and {a} dollars are [withdrawn|charged]. What is the balance?",
        "What is {b} minus {a}?",
        "[Subtract|Take] {a} from {b}.",
      ],
      ["[The balance|The result|It] is {=1}."],
    ],
    [["Starting at {b}, you go down by {a}. Where do you end?"], ["You end at {=1}."]],
  ),
  story(
    "subtract/missing-part",
    larger(count()),
    "subtract(a,b)",
    [
      [
        "{name} needs {a} {things} and has {b}. How many more does {he} need?",
        "{name} wants to [collect|make|sell] {a} {things}. So far {he} has {b}. How many are [missing|still needed]?",
        "There are {a} {things} in the {place}. {b} are {color} and the rest are {color2}. How many are {color2}?",
      ],
      ["[{name} needs|There are|That is] {=1}[ more| {color2} ones|]."],
    ],
    [
      ["To reach a goal of {a} {things}, {name}, who has {b}, lacks how many?"],
      ["{name} lacks {=1} {things}."],
    ],
  ),
  story(
    "subtract/less-than",
    larger(count()),
    "subtract(a,b)",
    [
      [
        "{name} has {a} {things}. {name2} has {b} fewer[ {things}|] than {name}. How many {things} does {name2} have?",
        "{name2} [sold|made|found] {b} {things} less than {name}, who [sold|made|found] {a}. How many did {name2} [sell|make|find]?",
      ],
      ["{name2} has {=1}[ {things}|].", "That is {=1} {things}."],
    ],
    [
      ["{name2} falls short of {name}'s {a} {things} by {b}. What is {name2}'s number?"],
      ["The number of {name2} is {=1}."],
    ],
  ),
  story(
    "subtract/time",
    larger(measure(5, 900)),
    "subtract(a,b)",
    [
      [
        "A [course|film|concert|flight] lasts {a} {time}. {b} {time} have passed. How long does it still last?",
        "{name} needed {a} {time} for the [work|race|test] and {name2} {b} {time}. How much faster was {name2}?",
      ],
      ["[It is|The difference is|That leaves] {=1} {time}."],
    ],
    [["{b} {time} of a {a} {time} trip are over. What time remains?"], ["There remain {=1} {time}."]],
  ),
  story(
    "subtract/plain",
    larger(measure(12, 99_999)),
    "subtract(a,b)",
    [
      [
        "What is [the difference between {a} and {b}|{a} minus {b}|{a} - {b}|{b} less than {a}]?",
        "[Subtract|Take] {b} from {a}.",
        "[How much is|Calculate|Compute] {a} [minus|-] {b}[?|.]",
        "By how much is {a} [larger|greater|more] than {b}?",
      ],
      ["[The difference is|It is|The result is] {=1}."],
    ],
    [
      [
        "If {a} is decreased by {b}, what number do you get?",
        "Which number must be added to {b} to make {a}?",
      ],
      ["You get the number {=1}."],
    ],
  ),
  story(
    "subtract/animals",
    larger(count(30, 30_000)),
    "subtract(a,b)",
    [
      [
        "A farmer had {a} {animals} and sold {b}. How many {animals} [are left|does the farmer have now]?",
        "Of {a} {animals}, {b} [flew away|ran away|swam off|left]. How many stayed?",
        "There are {a} animals on a farm. {b} are {animals} and the others are {animals2}. How many {animals2} are there?",
      ],
      ["There are {=1} of them[ left|].", "{=1} {animals} [are left|stayed]."],
    ],
    [["A herd of {a} {animals} shrinks by {b}. How big is the herd?"], ["The herd has {=1} {animals}."]],
  ),
  story(
    "subtract/score",
    larger(count(30, 90_000)),
    "subtract(a,b)",
    [
      [
        "{name} scored {a} points and {name2} {b}. By how many points did {name} win?",
        "{name} needs {a} points to win and has {b}. How many points are missing?",
        "{name} had {a} points and lost {b}. What is the score now?",
      ],
      ["[It is|That is|The score is|By] {=1} points."],
    ],
    [
      ["What separates {name} on {a} points from {name2} on {b} points?"],
      ["They are separated by {=1} points."],
    ],
  ),
  story(
    "subtract/votes",
    larger(count(100, 900_000)),
    "subtract(a,b)",
    [
      [
        "In an election {name} got {a} votes and {name2} {b}. By how many votes did {name} win?",
        "Of {a} voters {b} voted yes. How many voted no?",
      ],
      ["[The lead is|That is] {=1} votes."],
    ],
    [["{name} won with {a} votes against {b}. How big was the margin?"], ["The margin was {=1} votes."]],
  ),
];
