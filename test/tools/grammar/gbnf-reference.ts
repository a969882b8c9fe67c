// A slow, obvious reader of GBNF shows what a grammar lets through, with llama.cpp's own limits checked.
import type { Seeded } from "../seeded.js";

type Expression =
  | { readonly kind: "text"; readonly characters: readonly string[] }
  | {
      readonly kind: "class";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "sequence"; readonly items: readonly Expression[] }
  | { readonly kind: "choice"; readonly options: readonly Expression[] }
  | { readonly kind: "repeat"; readonly item: Expression; readonly min: number; readonly max: number };

export type Grammar = ReadonlyMap<string, Expression>;

/** llama.cpp refuses 2,000 repetitions. */
const MAX_REPETITIONS = 1999;

/** Reads a grammar; throws for what llama.cpp refuses: bad names, unknown rules, left recursion, huge repetitions. */
export function readGrammar(text: string): Grammar {
  const rules = new Map<string, Expression>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, name, body] = /^([A-Za-z0-9-]+) ::= (.*)$/.exec(line) ?? [];
    if (name === undefined || body === undefined) throw new Error(`no rule: ${line}`);
    if (rules.has(name)) throw new Error(`rule twice: ${name}`);
    rules.set(name, readBody(body));
  }
  if (!rules.has("root")) throw new Error("no root");
  const nullable = nullableRules(rules);
  for (const name of rules.keys()) refuseLeftRecursion(rules, nullable, name, []);
  return rules;
}

function readBody(body: string): Expression {
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at} of ${body}`);
  };
  const space = (): void => {
    while (body[at] === " ") at++;
  };
  const character = (): string => {
    if (body[at] !== "\\") {
      const plain = String.fromCodePoint(body.codePointAt(at) ?? fail("end"));
      at += plain.length;
      return plain;
    }
    const kind = body[at + 1] ?? fail("end");
    at += 2;
    const length = { x: 2, u: 4, U: 8 }[kind];
    if (length !== undefined) {
      const hex = body.slice(at, at + length);
      if (!/^[0-9A-Fa-f]+$/.test(hex) || hex.length !== length) fail("bad hex");
      at += length;
      return String.fromCodePoint(parseInt(hex, 16));
    }
    const named = { n: "\n", r: "\r", t: "\t" }[kind];
    if (named !== undefined) return named;
    if (!'\\"[]-'.includes(kind)) fail("unknown escape");
    return kind;
  };
  const choice = (): Expression => {
    const options = [sequence()];
    while (body[at] === "|") {
      at++;
      options.push(sequence());
    }
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  };
  const sequence = (): Expression => {
    const items: Expression[] = [];
    for (;;) {
      space();
      const item = symbol();
      if (item === undefined) return { kind: "sequence", items };
      items.push(repetition(item));
    }
  };
  const repetition = (item: Expression): Expression => {
    space();
    const counts = (
      { "*": [0, Infinity], "+": [1, Infinity], "?": [0, 1] } as Record<string, [number, number]>
    )[body[at] ?? ""];
    let [min, max] = counts ?? [1, 1];
    if (counts !== undefined) at++;
    else if (body[at] === "{") {
      const [all, first, comma, last] = /^\{(\d+)(,?)(\d*)\}/.exec(body.slice(at)) ?? fail("bad repetition");
      at += all.length;
      min = Number(first);
      max = comma === "" ? min : last === "" ? Infinity : Number(last);
    } else return item;
    if (min > MAX_REPETITIONS || (max !== Infinity && max > MAX_REPETITIONS) || min > max) fail("repetition");
    if ("*+?{".includes(body[at] ?? " ")) fail("repetition of a repetition");
    return { kind: "repeat", item, min, max };
  };
  const symbol = (): Expression | undefined => {
    if (body[at] === '"') {
      const characters: string[] = [];
      for (at++; body[at] !== '"';) characters.push(character());
      at++;
      return { kind: "text", characters };
    }
    if (body[at] === "[") {
      at++;
      const negated = body[at] === "^";
      if (negated) at++;
      const ranges: [number, number][] = [];
      while (body[at] !== "]") {
        const low = character().codePointAt(0)!;
        let high = low;
        if (body[at] === "-" && body[at + 1] !== "]") {
          at++;
          high = character().codePointAt(0)!;
        }
        if (high < low) fail("empty range");
        ranges.push([low, high]);
      }
      at++;
      return { kind: "class", negated, ranges };
    }
    if (body[at] === "(") {
      at++;
      const inner = choice();
      if (body[at] !== ")") fail('no ")"');
      at++;
      return inner;
    }
    const name = /^[A-Za-z0-9-]+/.exec(body.slice(at))?.[0];
    if (name === undefined) return undefined;
    at += name.length;
    return { kind: "rule", name };
  };
  const whole = choice();
  if (at < body.length) fail("rest");
  return whole;
}

function ruleOf(grammar: Grammar, name: string): Expression {
  const rule = grammar.get(name);
  if (rule === undefined) throw new Error(`unknown rule ${name}`);
  return rule;
}

function nullableRules(grammar: Grammar): Set<string> {
  const nullable = new Set<string>();
  for (let before = -1; before !== nullable.size;) {
    before = nullable.size;
    for (const [name, rule] of grammar) if (isNullable(rule, nullable)) nullable.add(name);
  }
  return nullable;
}

function isNullable(expression: Expression, nullable: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "text":
      return expression.characters.length === 0;
    case "class":
      return false;
    case "rule":
      return nullable.has(expression.name);
    case "sequence":
      return expression.items.every((item) => isNullable(item, nullable));
    case "choice":
      return expression.options.some((option) => isNullable(option, nullable));
    case "repeat":
      return expression.min === 0 || isNullable(expression.item, nullable);
  }
}

function refuseLeftRecursion(
  grammar: Grammar,
  nullable: ReadonlySet<string>,
  name: string,
  path: string[],
): void {
  if (path.includes(name)) throw new Error(`left recursion: ${[...path, name].join(" ")}`);
  const visit = (expression: Expression): void => {
    switch (expression.kind) {
      case "rule":
        refuseLeftRecursion(grammar, nullable, expression.name, [...path, name]);
        break;
      case "sequence":
        for (const item of expression.items) {
          visit(item);
          if (!isNullable(item, nullable)) break;
        }
        break;
      case "choice":
        expression.options.forEach(visit);
        break;
      case "repeat":
        visit(expression.item);
        break;
      default:
    }
  };
  visit(ruleOf(grammar, name));
}

/** Whether the whole text is a sentence of the grammar. */
export function accepts(grammar: Grammar, text: string): boolean {
  const characters = Array.from(text);
  const known = new Map<Expression, Map<number, Set<number>>>();
  const ends = (expression: Expression, start: number): Set<number> => {
    const byStart = known.get(expression) ?? new Map<number, Set<number>>();
    known.set(expression, byStart);
    const cached = byStart.get(start);
    if (cached !== undefined) return cached;
    const found = search(expression, start);
    byStart.set(start, found);
    return found;
  };
  const search = (expression: Expression, start: number): Set<number> => {
    switch (expression.kind) {
      case "text":
        return expression.characters.every((one, index) => characters[start + index] === one)
          ? new Set([start + expression.characters.length])
          : new Set();
      case "class":
        return start < characters.length && inClass(expression, characters[start]!)
          ? new Set([start + 1])
          : new Set();
      case "rule":
        return ends(ruleOf(grammar, expression.name), start);
      case "sequence":
        return expression.items.reduce((from, item) => step(item, from), new Set([start]));
      case "choice":
        return new Set(expression.options.flatMap((option) => [...ends(option, start)]));
      case "repeat": {
        const found = new Set<number>();
        let from = new Set([start]);
        for (let count = 0; count <= expression.max && from.size > 0; count++) {
          if (count >= expression.min) {
            const size = found.size;
            for (const end of from) found.add(end);
            if (found.size === size) break;
          }
          from = step(expression.item, from);
        }
        return found;
      }
    }
  };
  const step = (expression: Expression, from: Set<number>): Set<number> =>
    new Set([...from].flatMap((start) => [...ends(expression, start)]));
  return ends(ruleOf(grammar, "root"), 0).has(characters.length);
}

function inClass(expression: Expression & { kind: "class" }, character: string): boolean {
  const point = character.codePointAt(0)!;
  return expression.ranges.some(([low, high]) => point >= low && point <= high) !== expression.negated;
}

const SAMPLES = Array.from("abcXYZ019 _-+.,:;!?()[]{}<>/\\\"'\n\u0000\u007fäß中😀\u2028");

/** A random sentence of the grammar. Deep down it takes the shortest way out. */
export function sentence(grammar: Grammar, random: Seeded): string {
  const heights = ruleHeights(grammar);
  const write = (expression: Expression, depth: number): string => {
    switch (expression.kind) {
      case "text":
        return expression.characters.join("");
      case "class": {
        if (!expression.negated) {
          const [low, high] = random.pick(expression.ranges);
          return String.fromCodePoint(random.integer(low, high));
        }
        return random.pick(SAMPLES.filter((one) => inClass(expression, one)));
      }
      case "rule":
        return write(ruleOf(grammar, expression.name), depth + 1);
      case "sequence":
        return expression.items.map((item) => write(item, depth)).join("");
      case "choice": {
        const lowest = Math.min(...expression.options.map((option) => height(option, heights)));
        const short = expression.options.filter((option) => height(option, heights) === lowest);
        return write(random.pick(depth > 12 ? short : expression.options), depth);
      }
      case "repeat": {
        let text = "";
        for (let count = 0; count < expression.max; count++) {
          if (count >= expression.min && (depth > 12 || random.next() < 0.5)) break;
          text += write(expression.item, depth);
        }
        return text;
      }
    }
  };
  return write(ruleOf(grammar, "root"), 0);
}

/** How many rules deep the shortest sentence of each rule goes. */
function ruleHeights(grammar: Grammar): Map<string, number> {
  const heights = new Map([...grammar.keys()].map((name) => [name, Infinity]));
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, rule] of grammar) {
      const found = height(rule, heights) + 1;
      if (found < heights.get(name)!) {
        heights.set(name, found);
        changed = true;
      }
    }
  }
  return heights;
}

function height(expression: Expression, heights: ReadonlyMap<string, number>): number {
  switch (expression.kind) {
    case "text":
    case "class":
      return 0;
    case "rule":
      return heights.get(expression.name) ?? Infinity;
    case "sequence":
      return Math.max(0, ...expression.items.map((item) => height(item, heights)));
    case "choice":
      return Math.min(...expression.options.map((option) => height(option, heights)));
    case "repeat":
      return expression.min === 0 ? 0 : height(expression.item, heights);
  }
}
