// Regular expressions as grammars of JSON strings, where the two can say the same.
import type { AST } from "@eslint-community/regexpp";
import { parsePattern } from "../schema/patterns.js";
import {
  characterRule,
  complement,
  type CharacterSet,
  DIGITS,
  LINE_ENDS,
  SPACES,
  union,
  WORDS,
} from "./character-set.js";
import { canRepeat, type Gbnf, repeat, sequence } from "./gbnf.js";

/** A grammar of some characters, and how many they may be. */
interface Part {
  readonly text: string;
  readonly min: number;
  readonly max: number;
}

/** Thrown for what has no grammar: looking around, back references, anchors in the middle, Unicode properties. */
class NoGrammar extends Error {}

export interface LengthBounds {
  readonly min: number;
  readonly max: number;
}

/**
 * The strings that contain a match, without their quotes; undefined where no grammar says that.
 * `exact`: all of them have a length within the bounds.
 * @param character the rule of any one character
 */
export function patternGrammar(
  rules: Gbnf,
  pattern: string,
  character: string,
  lengths: LengthBounds,
): { readonly text: string; readonly exact: boolean } | undefined {
  try {
    const { ast } = parsePattern(pattern);
    const parts = ast.alternatives.map((alternative) => wholeString(rules, alternative, character, lengths));
    const inside = parts.every(({ min, max }) => min >= lengths.min && max <= lengths.max);
    return { text: rules.add("matching", parts.map(({ text }) => text || '""').join(" | ")), exact: inside };
  } catch (cause) {
    if (cause instanceof NoGrammar || cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** An alternative at the top: open at each end that has no anchor. */
function wholeString(
  rules: Gbnf,
  { elements }: AST.Alternative,
  character: string,
  lengths: LengthBounds,
): Part {
  const first = elements[0];
  const last = elements.at(-1);
  const anchored = first?.type === "Assertion" && first.kind === "start";
  const ended = last?.type === "Assertion" && last.kind === "end" && last !== first;
  const inner = elements.slice(anchored ? 1 : 0, ended ? -1 : undefined);
  const parts = inner.map((element) => elementPart(rules, element));
  const any: Part = { text: `${character}*`, min: 0, max: Infinity };
  if (anchored && ended) {
    const fitted = fitLength(rules, inner, parts, lengths);
    if (fitted !== undefined) return fitted;
  }
  // The rest of a string without end anchor takes what the length needs.
  const fixed = parts.reduce((sum, { max }) => sum + max, 0);
  if (anchored && !ended && parts.every(({ min, max }) => min === max) && fixed <= lengths.max) {
    const [min, max] = [Math.max(0, lengths.min - fixed), lengths.max - fixed];
    if (canRepeat(min, max)) return concatenate([...parts, { text: repeat(character, min, max), min, max }]);
  }
  return concatenate([...(anchored ? [] : [any]), ...parts, ...(ended ? [] : [any])]);
}

/** Where one repeated character is all that varies, its count takes the bounds of the length. */
function fitLength(
  rules: Gbnf,
  elements: readonly AST.Element[],
  parts: readonly Part[],
  lengths: LengthBounds,
): Part | undefined {
  const varying = parts.flatMap(({ min, max }, index) => (min === max ? [] : [index]));
  const at = varying[0];
  const element = at === undefined ? undefined : elements[at];
  if (varying.length !== 1 || at === undefined || element?.type !== "Quantifier") return undefined;
  const one = elementPart(rules, element.element);
  if (one.min !== 1 || one.max !== 1) return undefined;
  const fixed = parts.reduce((sum, { max }, index) => (index === at ? sum : sum + max), 0);
  const min = Math.max(element.min, lengths.min - fixed);
  const max = Math.min(element.max, lengths.max - fixed);
  if (min > max || !canRepeat(min, max)) return undefined;
  return concatenate(parts.with(at, { text: repeat(one.text, min, max), min, max }));
}

function concatenate(parts: readonly Part[]): Part {
  return {
    text: sequence(...parts.map(({ text }) => text)),
    min: parts.reduce((sum, { min }) => sum + min, 0),
    max: parts.reduce((sum, { max }) => sum + max, 0),
  };
}

function elementPart(rules: Gbnf, element: AST.Element): Part {
  switch (element.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass": {
      const text = characterRule(rules, characters(element));
      if (text === undefined) throw new NoGrammar("no character");
      return { text, min: 1, max: 1 };
    }
    case "Group":
    case "CapturingGroup":
      return groupPart(rules, element);
    case "Quantifier":
      return quantified(rules, element);
    default:
      throw new NoGrammar(element.type);
  }
}

function groupPart(rules: Gbnf, group: AST.Group | AST.CapturingGroup): Part {
  if (group.type === "Group" && group.modifiers !== null) throw new NoGrammar("modifiers");
  const parts = group.alternatives.map(({ elements }) =>
    concatenate(elements.map((element) => elementPart(rules, element))),
  );
  if (parts.length === 0) throw new NoGrammar("an empty group");
  return {
    text: rules.add("group", parts.map(({ text }) => text || '""').join(" | ")),
    min: Math.min(...parts.map(({ min }) => min)),
    max: Math.max(...parts.map(({ max }) => max)),
  };
}

function quantified(rules: Gbnf, { element, min, max }: AST.Quantifier): Part {
  if (element.type === "Assertion") throw new NoGrammar("a repeated assertion");
  const part = elementPart(rules, element);
  // llama.cpp reads the repetition of what may be empty as left recursion.
  if (part.min === 0 && max > 1) throw new NoGrammar("a repeated empty match");
  if (!canRepeat(min, max)) throw new NoGrammar("too many repetitions");
  // A rule may be repeated whatever it holds; its own repetitions would count otherwise.
  const symbol = /^[A-Za-z0-9-]+$|^\[/.test(part.text) ? part.text : rules.add("repeated", part.text);
  return { text: repeat(symbol, min, max), min: part.min * min, max: max === 0 ? 0 : part.max * max };
}

function characters(node: AST.Character | AST.CharacterSet | AST.CharacterClass): CharacterSet {
  if (node.type === "Character") return [[node.value, node.value]];
  if (node.type === "CharacterSet") return namedSet(node);
  const sets = node.elements.map((element): CharacterSet => {
    if (element.type === "CharacterClassRange") return [[element.min.value, element.max.value]];
    if (element.type === "Character" || element.type === "CharacterSet") return characters(element);
    throw new NoGrammar(element.type);
  });
  const all = union(...sets);
  return node.negate ? complement(all) : all;
}

function namedSet(node: AST.CharacterSet): CharacterSet {
  if (node.kind === "any") return complement(LINE_ENDS);
  if (node.kind === "property") throw new NoGrammar("a Unicode property");
  const set = { digit: DIGITS, space: SPACES, word: WORDS }[node.kind];
  return node.negate ? complement(set) : set;
}
