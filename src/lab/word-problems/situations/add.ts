// Situations that add two or three numbers.

import { count, larger, measure, money, numbers, small, three, two, year } from "../quantities.js";
import { story, type Story } from "../story.js";

export const additions: readonly Story[] = [
  story(
    "add/collection",
    two(count()),
    "add(a,b)",
    [
      [
        "{name} [has|owns|keeps] {a} {things}. [Then {he} buys|{name2} gives {him}|{He} finds|{He} receives] {b} more. How many {things} does {name} have [now|in total|altogether|then]?",
        "How many {things} does {name} have after [buying|finding|getting|winning] {b} [more|new ones|additional ones], if {he} [already had|started with|had] {a}?",
        "{name} had {a} {things} and got {b} more from {name2}. [What is the new number of {things}|How many are there now]?",
      ],
      [
        "{name} [now has|has] {=1} {things}[ now| in total|].",
        "[In total|Altogether], {he} has {=1} {things}.",
      ],
    ],
    [
      [
        "[On {day}|Yesterday] {name} owned {a} {things}, and today {b} were added to the collection. What is the size of the collection?",
      ],
      ["The collection has {=1} {things}."],
    ],
  ),
  story(
    "add/two-people",
    two(count()),
    "add(a,b)",
    [
      [
        "{name} [has|collected|sold|made|picked|counted] {a} {things} and {name2} [has|collected|sold|made|picked|counted] {b}. How many {things} is that [together|in total|altogether|in all]?",
        "{name} and {name2} [put|bring] their {things} together. {name} has {a}, {name2} has {b}. How many do they have [together|in all]?",
        "Together, how many {things} do {name} and {name2} have if {name} has {a} and {name2} has {b}?",
      ],
      [
        "[Together|In total], [they|{name} and {name2}] have {=1} {things}.",
        "The two have {=1} {things}[ together|].",
      ],
    ],
    [
      [
        "If {name}'s {a} {things} are combined with the {b} {things} of {name2}, how large is the combined pile?",
      ],
      ["The combined pile has {=1} {things}."],
    ],
  ),
  story(
    "add/three-days",
    three(count(20, 20_000)),
    "add(a,b,c)",
    [
      [
        "The {place} [had|counted|welcomed] {a} {people} on {day}, {b} on {day2} and {c} on {day3}. How many {people} [came|were there] [in total|altogether|over the three days]?",
        "A {job} sold {a} {things} in {month}, {b} in {month2} and {c} in {month3}. What is the total number of {things} sold?",
        "What is the total of {a} {things}, {b} {things2} and {c} {things3}?",
      ],
      ["[In total|Over the three], [there were|that is] {=1}.", "The total is {=1}."],
    ],
    [
      [
        "Three deliveries of {things} reached the {place}: {a}, then {b}, and finally {c}. How many arrived overall?",
      ],
      ["Overall, {=1} {things} arrived."],
    ],
  ),
  story(
    "add/bill",
    two(money()),
    "add(a,b)",
    [
      [
        "{name} [buys|bought|pays for] a {good} for {a} and a {good2} for {b}. [How much [does|did] {he} [pay|spend]|What is the total cost|How much is that] [in total|altogether|in all]?",
        "A {good} costs {a}. A {good2} costs {b}. How much do the two cost together?",
        "What is the [total price|cost] of a {good} at {a} and a {good2} at {b}?",
      ],
      [
        "[The total cost is|{name} pays|Together they cost|It costs] {=1} dollars.",
        "The two cost {=1} dollars.",
      ],
    ],
    [
      [
        "At the checkout {name} put down a {good} ({a}) and a {good2} ({b}). What amount did the cashier ask for?",
      ],
      ["The cashier asked for {=1} dollars."],
    ],
  ),
  story(
    "add/three-prices",
    three(money(1, 900)),
    "add(a,b,c)",
    [
      [
        "{name} spent {a} on [food|books|clothes], {b} on [rent|tickets|fuel] and {c} on [gifts|toys|repairs]. How much [money did {he} spend|was spent] in total?",
        "[The bill lists|The invoice shows|On the receipt are] three items: {a}, {b} and {c}. What is the [total|sum] of the [bill|invoice|receipt]?",
      ],
      ["[In total|Altogether] {name} spent {=1} dollars.", "The sum is {=1} dollars."],
    ],
    [
      [
        "A {good} for {a}, a {good2} for {b} and a {good3} for {c} went into the cart. What does the whole cart cost?",
      ],
      ["The whole cart costs {=1} dollars."],
    ],
  ),
  story(
    "add/savings",
    two(money(20, 90_000)),
    "add(a,b)",
    [
      [
        "{name} has {a} in [the bank|savings|an account] and [deposits|puts in|adds|earns] [another |]{b}. [What is the new balance|How much money is there now|How much does {he} have now]?",
        "After a deposit of {b}, what is the balance of an account that held {a}?",
      ],
      ["The [new |]balance is {=1} dollars.", "There is {=1} dollars now."],
    ],
    [
      ["{name}'s savings of {a} grew by {b} this {month}. How much has {he} saved by now?"],
      ["By now {name} has saved {=1} dollars."],
    ],
  ),
  story(
    "add/travel",
    two(measure(3, 9_000)),
    "add(a,b)",
    [
      [
        "A {vehicle} [travels|drives|covers] {a} {far} [before lunch|on the first day|in the morning|to {city}] and {b} {far} [after lunch|on the second day|in the afternoon|to {city2}]. How far [does|did] it travel [in total|altogether]?",
        "{name} [walked|ran|cycled|rode] {a} {far} on {day} and {b} {far} on {day2}. [What is the total distance|How many {far} is that in total|How far did {he} go]?",
        "From {city} to {city2} it is {a} {far}, and from there to {city3} {b} {far}. How long is the whole [trip|way|route]?",
      ],
      ["The total distance is {=1} {far}.", "[It is|That is] {=1} {far}[ in total|]."],
    ],
    [
      [
        "The first leg of the journey measured {a} {far}, the second {b} {far}. What was the length of the journey?",
      ],
      ["The journey was {=1} {far} long."],
    ],
  ),
  story(
    "add/length",
    two(measure(2, 4_000)),
    "add(a,b)",
    [
      [
        "Two [ropes|boards|pipes|ribbons|cables] of {a} and {b} {short} are [joined|tied|glued] together. How long is the [result|new piece]?",
        "A [rope|board|pipe|ribbon|cable] is {a} {short} long and another one {b} {short}. What is their [total|combined] length?",
      ],
      ["The [total|combined] length is {=1} {short}.", "It is {=1} {short} long."],
    ],
    [
      ["{name} lays a plank of {a} {short} end to end with one of {b} {short}. How far do they reach?"],
      ["They reach {=1} {short}."],
    ],
  ),
  story(
    "add/weight",
    two(measure(2, 9_000)),
    "add(a,b)",
    [
      [
        "A [bag|sack|crate|truck] holds {a} {weight} of {food} and {b} {weight} of {food2}. [What is the total weight|How much does it hold in all|How heavy is that altogether]?",
        "The {place} [received|ordered|bought] {a} {weight} of {material} and {b} {weight} of {material2}. How many {weight} is that [in total|together]?",
      ],
      ["The total weight is {=1} {weight}.", "[Together|In all] it is {=1} {weight}."],
    ],
    [
      ["On the scale lie {a} {weight} of {food} next to {b} {weight} of {food2}. What does the scale show?"],
      ["The scale shows {=1} {weight}."],
    ],
  ),
  story(
    "add/liquid",
    two(measure(2, 9_000)),
    "add(a,b)",
    [
      [
        "A tank contains {a} {volume} of {liquid}. {b} {volume} are [added|poured in|pumped in]. How much {liquid} is in the tank [now|then]?",
        "[{name} mixes|We mix] {a} {volume} of {liquid} with {b} {volume} of {liquid2}. How many {volume} of mixture are there?",
      ],
      ["[Now there are|There are] {=1} {volume}.", "The tank [contains|holds] {=1} {volume}."],
    ],
    [
      [
        "To the {a} {volume} of {liquid} already in the barrel, {name} pours {b} {volume}. What volume is in the barrel?",
      ],
      ["The barrel holds {=1} {volume}."],
    ],
  ),
  story(
    "add/population",
    two(count(300, 900_000)),
    "add(a,b)",
    [
      [
        "{city} has {a} [inhabitants|residents|people] and {city2} has {b}. How many [inhabitants|residents|people] do [they|the two towns] have together?",
        "The population of {city} was {a}. It [grew|increased|rose] by {b} [people|]. What is [it now|the population now]?",
      ],
      [
        "[Together they have|The population is|There are] {=1}[ people|].",
        "The population [is|becomes] {=1}.",
      ],
    ],
    [
      ["{b} newcomers moved to {city}, where {a} people lived before. How many live in {city} today?"],
      ["Today {=1} people live in {city}."],
    ],
  ),
  story(
    "add/animals",
    two(count(10, 30_000)),
    "add(a,b)",
    [
      [
        "[A farmer|The farm|The park] has {a} {animals} and {b} {animals2}. How many animals [are there|does it have] [in total|altogether]?",
        "There were {a} {animals} [at the lake|in the valley|in the reserve]. {b} more [came|arrived|joined them]. How many {animals} are there now?",
      ],
      ["There are {=1} animals.", "[In total|Now] there are {=1}."],
    ],
    [
      [
        "The rangers counted {a} {animals} in the north and {b} in the south of the reserve. How many {animals} live in the reserve?",
      ],
      ["In the reserve live {=1} {animals}."],
    ],
  ),
  story(
    "add/school",
    two(count(20, 9_000)),
    "add(a,b)",
    [
      [
        "A school has {a} girls and {b} boys. How many [students|children] [are there|attend the school]?",
        "{a} {people} [came|arrived] by bus and {b} by train. How many {people} came [in total|altogether]?",
        "In the morning {a} {people} visited the {place}, in the afternoon {b}. How many visited it that day?",
      ],
      ["There are {=1} [students|people|of them].", "[In total|Altogether], there were {=1}."],
    ],
    [
      [
        "{a} {people} sat on the left side and {b} on the right side of the hall. How many {people} filled the hall?",
      ],
      ["The hall was filled by {=1} {people}."],
    ],
  ),
  story(
    "add/reading",
    two(count(10, 3_000)),
    "add(a,b)",
    [
      [
        "{name} read {a} pages on {day} and {b} pages on {day2}. How many pages did {he} read?",
        "{name} has read {a} pages of a book and still has {b} pages to read. How many pages does the book have?",
      ],
      ["{name} read {=1} pages.", "[The book has|That is] {=1} pages."],
    ],
    [
      ["Of a manuscript {a} pages are typed and {b} are still missing. How long is the manuscript in pages?"],
      ["The manuscript is {=1} pages long."],
    ],
  ),
  story(
    "add/before",
    two(count()),
    "add(a,b)",
    [
      [
        "After [selling|giving away|losing|using] {a} {things}, {name} has {b} left. How many {things} did {he} have [at first|before|in the beginning|originally]?",
        "{name} [gave|sold] {a} {things} [to {name2}|] and now has {b}. How many were there [at first|originally]?",
      ],
      [
        "[At first|Originally|In the beginning], {name} had {=1} {things}.",
        "There were {=1} {things}[ at first|].",
      ],
    ],
    [
      ["{b} {things} remain in the {place} once {a} have been taken away. What was the number at the start?"],
      ["At the start there were {=1} {things}."],
    ],
  ),
  story(
    "add/more-than",
    two(count()),
    "add(a,b)",
    [
      [
        "{name} has {a} {things}. {name2} has {b} more {things} than {name}. How many {things} does {name2} have?",
        "{name2} [sold|made|collected|found] {b} more {things} than {name}, who [sold|made|collected|found] {a}. How many did {name2} [sell|make|collect|find]?",
        "The [first|red|old] box weighs {a} grams and the [second|blue|new] one {b} grams more. How much does the [second|blue|new] one weigh?",
      ],
      ["{name2} has {=1}[ {things}|].", "[That is|The other one is] {=1}."],
    ],
    [
      ["{name2} beats {name}'s record of {a} {things} by {b}. What is the new record?"],
      ["The new record is {=1} {things}."],
    ],
  ),
  story(
    "add/age",
    numbers({ a: small(13, 79), b: small(13, 60) }),
    "add(a,b)",
    [
      [
        "{name} is {a} years old. How old will {he} be in {b} years?",
        "{name} is {a}. {name2} is {b} years older. How old is {name2}?",
      ],
      ["[{He} will be|The age is] {=1} years old.", "The age is {=1}."],
    ],
    [["{b} years from now, what is the age of {name}, who is {a} today?"], ["The age of {name} is {=1}."]],
  ),
  story(
    "add/year",
    numbers({ a: year(), b: small(13, 240) }),
    "add(a,b)",
    [
      [
        "A [bridge|house|church|railway] was [built|opened] in {a}. In which year was it {b} years old?",
        "[The treaty|The company|The club] was founded in {a} and [ended|closed] {b} years later. In which year was that?",
      ],
      ["It was the year {=1}.", "That was in {=1}."],
    ],
    [["A tree was planted in {a}. What year is it when the tree turns {b}?"], ["It is the year {=1}."]],
  ),
  story(
    "add/temperature",
    numbers({ a: measure(2, 90), b: measure(2, 60) }),
    "add(a,b)",
    [
      [
        "The temperature was {a} degrees [at dawn|in the morning|at noon] and [rose|increased|went up] by {b} degrees. [What is it now|What was the temperature then]?",
      ],
      ["The temperature [is|was] {=1} degrees."],
    ],
    [["A thermometer at {a} degrees climbs {b} degrees. What does it read?"], ["It reads {=1} degrees."]],
  ),
  story(
    "add/time",
    two(measure(3, 900)),
    "add(a,b)",
    [
      [
        "{name} [worked|practiced|studied|trained] for {a} {time} on {day} and {b} {time} on {day2}. [How long|How many {time}] did {he} [work|practice|study|train] in total?",
        "A film lasts {a} minutes and the [ads|break|trailer] before it {b} minutes. How long does the evening last?",
      ],
      ["In total it is {=1} [{time}|units].", "[It lasts|That is] {=1}."],
    ],
    [
      ["Preparing takes {a} {time} and cooking {b} {time}. How long until the meal is ready?"],
      ["The meal is ready after {=1} {time}."],
    ],
  ),
  story(
    "add/production",
    two(count(30, 90_000)),
    "add(a,b)",
    [
      [
        "A {machine} makes {a} {things} in the first [hour|shift|week] and {b} in the second. How many {things} does it make in [both|all]?",
        "A factory produced {a} {things} in {month} and {b} in {month2}. What was its [total|] production?",
      ],
      ["It makes {=1} {things}.", "The [total |]production is {=1} {things}."],
    ],
    [
      ["The early shift put out {a} {things} and the late shift {b}. What did the day bring?"],
      ["The day brought {=1} {things}."],
    ],
  ),
  story(
    "add/perimeter",
    three(measure(2, 900)),
    "add(a,b,c)",
    [
      [
        "A triangle has sides of {a}, {b} and {c} {short}. What is its perimeter?",
        "Find the perimeter of a triangle whose sides [measure|are] {a} {short}, {b} {short} and {c} {short}.",
      ],
      ["The perimeter is {=1} {short}."],
    ],
    [
      [
        "A three-cornered field with edges {a}, {b} and {c} {short} gets a fence all around. How long is the fence?",
      ],
      ["The fence is {=1} {short} long."],
    ],
  ),
  story(
    "add/score",
    two(count(20, 90_000)),
    "add(a,b)",
    [
      [
        "{name} scored {a} points in the first [game|round|level] and {b} in the second. What is {his} total score?",
        "In a {sport} league, a team got {a} points [at home|last year] and {b} [away|this year]. How many points did the team get in total?",
      ],
      ["The total score is {=1} points.", "[In total|Together] it is {=1} points."],
    ],
    [
      ["With {a} points on the board, {name} earned a bonus of {b}. Where does the score stand?"],
      ["The score stands at {=1} points."],
    ],
  ),
  story(
    "add/plain",
    two(measure(12, 99_999)),
    "add(a,b)",
    [
      [
        "What is [the sum of {a} and {b}|{a} plus {b}|{a} + {b}]?",
        "[Add|Calculate the sum of] {a} and {b}.",
        "[How much is|Calculate|Compute] {a} [plus|+] {b}[?|.]",
        "[Which number is|What number is] {b} [more|greater|larger] than {a}?",
      ],
      ["[The sum is|It is|The result is] {=1}."],
    ],
    [
      ["If you increase {a} by {b}, what number do you get?", "Find the total when {a} is added to {b}."],
      ["You get the number {=1}."],
    ],
  ),
  story(
    "add/price-rise",
    larger(money(5, 9_000)),
    "add(a,b)",
    [
      [
        "The price of a {good} was {a}. It [rose|went up|increased] by {b}. What is the new price?",
        "A {job} bought a {good} for {a} and [wants|hopes for|plans] a profit of {b}. What is the selling price?",
      ],
      ["The [new |selling |]price is {=1} dollars."],
    ],
    [
      ["How much is a {good} after a markup of {b} on its price of {a}?"],
      ["After the markup it is {=1} dollars."],
    ],
  ),
  story(
    "add/votes",
    two(count(100, 900_000)),
    "add(a,b)",
    [
      [
        "In an election {a} people voted for {name} and {b} for {name2}. How many votes were [cast|there] in total?",
        "A video got {a} views [on {day}|last week] and {b} views [on {day2}|this week]. How many views does it have?",
      ],
      ["In total there [were|are] {=1}[ votes| views|]."],
    ],
    [["{name} got {a} signatures online and {b} on paper. How many people signed?"], ["{=1} people signed."]],
  ),
];
