// Regular expressions come with foreign schemas: they are JavaScript's or nearly so, and may take exponential time.
import { createRequire } from "node:module";
import { type Context, createContext, Script } from "node:vm";
import type * as regexpp from "@eslint-community/regexpp";
import type { AST, RegExpParser } from "@eslint-community/regexpp";

/** Milliseconds that the patterns of one validation may take together. */
const MAX_TIME = 200;

/** Milliseconds of a validation, its patterns included. */
const MAX_VALIDATION_TIME = 900;

/** Up to this length a pattern with at most one open repetition is tested directly: its time is at most quadratic. */
const MAX_SIMPLE_TEXT = 2000;

/** A counted repetition up to here is as good as none. */
const MAX_SIMPLE_COUNT = 32;

const require = createRequire(import.meta.url);

/** Loaded by the first pattern. */
let loaded: RegExpParser | undefined;

function patternParser(): RegExpParser {
  const { RegExpParser: Parser } = require("@eslint-community/regexpp") as typeof regexpp;
  return (loaded ??= new Parser({ ecmaVersion: 2024 }));
}

export interface ParsedPattern {
  readonly source: string;
  readonly unicode: boolean;
  readonly ast: AST.Pattern;
}

/**
 * Reads a pattern: with the `u` flag, as JSON Schema recommends, without it where an escape such as `\!` needs that,
 * and with the spellings of Python and Go (`(?P<name>…)`, `\A`, `\Z`, `\z`).
 *
 * @throws SyntaxError
 */
export function parsePattern(source: string): ParsedPattern {
  const translated = source
    .replaceAll("(?P<", "(?<")
    .replace(/^\\A/, "^")
    .replace(/(?<!\\)\\[zZ]$/, "$");
  let error: unknown;
  for (const text of new Set([source, translated])) {
    for (const unicode of [true, false]) {
      // Without `u`, `\A` would be the letter A.
      if (text === source && !unicode && translated !== source) continue;
      try {
        const ast = patternParser().parsePattern(text, 0, undefined, { unicode });
        return { source: text, unicode, ast };
      } catch (cause) {
        error ??= cause;
      }
    }
  }
  throw error instanceof Error ? error : new SyntaxError(`Invalid regular expression: ${source}`);
}

/** The part of RegExp that the validator uses. */
export interface SafePattern {
  test(text: string): boolean;
  /** The validator tells patterns apart by it. */
  toString(): string;
}

/** A test in bounded time. @throws SyntaxError; its `test` throws an Error once {@link MAX_TIME} is used up. */
export function safePattern(source: string): SafePattern {
  const { source: translated, unicode, ast } = parsePattern(source);
  const regexp = new RegExp(translated, unicode ? "u" : "");
  const simple = isSimple(ast);
  return {
    test: (text) =>
      simple && text.length <= MAX_SIMPLE_TEXT ? regexp.test(text) : testWithinTime(regexp, source, text),
    toString: () => String(regexp),
  };
}

let timeLeft = MAX_TIME;

/** Runs synchronous work with a budget for its patterns. */
export function withPatternBudget<T>(work: () => T): T {
  timeLeft = MAX_TIME;
  return work();
}

/** Runs a validation, within a second: alternatives of alternatives, and equal items, may take very long. */
export function withinValidationTime<T>(validation: () => T): T {
  timeLeft = MAX_TIME;
  const tooSlow = new Error("the validation takes too long");
  return withinTime(validation, MAX_VALIDATION_TIME, tooSlow);
}

/** V8 interrupts a regular expression only inside a script with a time limit. */
function testWithinTime(regexp: RegExp, source: string, text: string): boolean {
  const tooSlow = new Error(`the pattern ${source} takes too long`);
  if (timeLeft < 1) throw tooSlow;
  const test = (): boolean => {
    const start = performance.now();
    const matches = regexp.test(text);
    timeLeft -= performance.now() - start;
    return matches;
  };
  try {
    return withinTime(test, Math.ceil(timeLeft), tooSlow);
  } catch (error) {
    timeLeft = 0;
    throw error;
  }
}

const script = new Script("work()");
let sandbox: Context | undefined;

/** Calls `work` and interrupts it after a time. @throws `tooSlow`, and what `work` throws */
function withinTime<T>(work: () => T, milliseconds: number, tooSlow: Error): T {
  sandbox ??= createContext({});
  const outer = sandbox.work as unknown;
  let finished: { readonly value: T } | undefined;
  sandbox.work = () => {
    finished = { value: work() };
  };
  try {
    script.runInContext(sandbox, { timeout: milliseconds });
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
    // On a busy machine the thread that keeps the time may start so late that it only then sees the time pass.
    if (finished === undefined) throw tooSlow;
  } finally {
    sandbox.work = outer;
  }
  return finished!.value;
}

/** Whether backtracking is at most quadratic: one open repetition in all, and nothing repeated inside it. */
function isSimple(ast: AST.Pattern): boolean {
  let open = 0;
  let plain = true as boolean;
  const visit = (node: AST.Node, repeated: boolean): void => {
    switch (node.type) {
      case "Pattern":
      case "Group":
      case "CapturingGroup":
        if (repeated && node.alternatives.length > 1) plain = false;
        for (const alternative of node.alternatives) {
          for (const element of alternative.elements) visit(element, repeated);
        }
        break;
      case "Quantifier":
        if (repeated) plain = false;
        if (node.max > MAX_SIMPLE_COUNT) open++;
        visit(node.element, true);
        break;
      case "Assertion":
        if (node.kind === "lookahead" || node.kind === "lookbehind") plain = false;
        break;
      case "Backreference":
        plain = false;
        break;
      default:
    }
  };
  visit(ast, false);
  return plain && open <= 1 && quantifiers(ast.raw) <= 8;
}

function quantifiers(source: string): number {
  return source.match(/[*+?{]/g)?.length ?? 0;
}
