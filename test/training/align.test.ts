import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import {
  alignExample,
  alignExamples,
  type AlignmentTokenizer,
  type AlignOptions,
  decodeToolTarget,
  encodeToolTarget,
  MASKED,
} from "../../src/training/align.js";
import type { TrainingExample } from "../../src/examples/example.js";

interface ToyOptions {
  readonly bos?: boolean;
  /** Put a space before whatever is encoded, as SentencePiece tokenizers with a dummy prefix do. */
  readonly addsSpace?: boolean;
}

/** Greedy longest match over 256 bytes, the given words and, last, BOS. */
function toy(words: readonly string[], { bos = false, addsSpace = false }: ToyOptions = {}): Toy {
  const pieces = [
    ...Array.from({ length: 256 }, (_, byte) => Buffer.from([byte])),
    ...words.map((word) => Buffer.from(word)),
  ];
  const longestFirst = pieces.map((_, id) => id).sort((a, b) => pieces[b]!.length - pieces[a]!.length);
  return {
    addsBos: bos,
    bos: bos ? pieces.length : null,
    encode(text) {
      const bytes = Buffer.from(addsSpace ? ` ${text}` : text);
      const tokens: number[] = [];
      for (let at = 0; at < bytes.length; at += pieces[tokens.at(-1)!]!.length) {
        tokens.push(longestFirst.find((id) => bytes.subarray(at).indexOf(pieces[id]!) === 0)!);
      }
      return Int32Array.from(tokens);
    },
    piece: (token) => pieces[token] ?? Buffer.from("<s>"),
    show: (token) => (token === pieces.length ? "<s>" : pieces[token]!.toString("latin1")),
  };
}

interface Toy extends AlignmentTokenizer {
  show(token: number): string;
}

/** `76+18=[add:94] cups` as an example; `|` ends the question. */
function marked(markup: string): TrainingExample {
  let text = "";
  let questionEnd: number | undefined;
  const calls = [];
  for (const piece of markup.split(/(\[\w+:[^\]]*\]|\|)/)) {
    const call = /^\[(\w+):([^\]]*)\]$/.exec(piece);
    if (piece === "|") {
      questionEnd = text.length;
    } else if (call === null) {
      text += piece;
    } else {
      const result = call[2]!;
      calls.push({
        tool: call[1]!,
        start: text.length,
        end: text.length + result.length,
        args: "1, 2",
        result,
      });
      text += result;
    }
  }
  return { text, calls, ...(questionEnd === undefined ? {} : { questionEnd }) };
}

const tools = new Map([
  ["add", 0],
  ["ln", 1],
  ["choose", 2],
]);

/** Steps as text: what each token leads to. */
function steps(tokenizer: Toy, markup: string, options: Partial<AlignOptions> = {}): string[] {
  const { tokens, targets } = alignExample(tokenizer, marked(markup), { toolIndex: tools, ...options });
  return [...tokens].map((token, i) => {
    const target = targets[i]!;
    const name = [...tools.keys()][decodeToolTarget(target)];
    return `${tokenizer.show(token)}→${target === MASKED ? "-" : target >= 0 ? tokenizer.show(target) : `<${name!}>`}`;
  });
}

const gives = test.macro(
  (t, tokenizer: Toy, markup: string, wanted: string[], options: Partial<AlignOptions> = {}) => {
    t.deepEqual(steps(tokenizer, markup, options), wanted);
  },
);

const fails = test.macro((t, tokenizer: Toy, markup: string, reason: RegExp) => {
  const error = t.throws(() => steps(tokenizer, markup), { instanceOf: ToolkenError, message: reason });
  t.is(error.code, "ALIGNMENT_FAILED");
});

test(
  "the step before a result's first token has the tool, the rest of the result is masked",
  gives,
  toy([]),
  "=[add:945].",
  ["=→<add>", "9→-", "4→-", "5→.", ".→-"],
);

test("the tool target is not one step late", (t) => {
  const { tokens, targets, calls } = alignExample(toy([" 5"]), marked("is [add:52]"), { toolIndex: tools });
  const first = calls[0]!.first;
  t.is(targets[first - 1], encodeToolTarget(0), "the hidden state before the result fires the tool");
  t.not(targets[first], encodeToolTarget(0), "the hidden state at the result's first token doesn't");
  t.is(tokens[first], toy([" 5"]).encode(" 5")[0]);
});

test(
  "BOS comes first and has the first text token as its target",
  gives,
  toy([], { bos: true }),
  "=[add:9]",
  ["<s>→=", "=→<add>", "9→-"],
);
test("BOS lets a result open the text", gives, toy([], { bos: true }), "[add:9]!", [
  "<s>→<add>",
  "9→!",
  "!→-",
]);
test("addSpecial false leaves BOS out", gives, toy([], { bos: true }), "=[add:9]", ["=→<add>", "9→-"], {
  addSpecial: false,
});
test("a result that nothing precedes has no step", fails, toy([]), "[add:9]!", /first token/);

test("a leading space in the result's token is fine", gives, toy([" 52", "is"]), "is [add:52]!", [
  "is→<add>",
  " 52→!",
  "!→-",
]);
test("a space token of its own keeps its target", gives, toy(["is"]), "is [add:52]!", [
  "is→ ",
  " →<add>",
  "5→-",
  "2→!",
  "!→-",
]);
test("line ends and several spaces count as white space", gives, toy(["\n  7"]), "x\n  [add:7]", [
  "x→<add>",
  "\n  7→-",
]);
test("a character that shares the first token is cut off", gives, toy(["=94"]), "8=[add:94]", [
  "8→=",
  "=→<add>",
  "9→-",
  "4→-",
]);
test("a digit group that begins before the result is cut", gives, toy(["194", "94"]), "1[add:94].", [
  "1→<add>",
  "94→.",
  ".→-",
]);
test("a digit group that continues after the result is cut", gives, toy(["94.", "94"]), "=[add:94]. So", [
  "=→<add>",
  "94→.",
  ".→ ",
  " →S",
  "S→o",
  "o→-",
]);
test("two results that share a token are cut apart", gives, toy(["1234"]), "=[add:12][ln:34]", [
  "=→<add>",
  "1→-",
  "2→<ln>",
  "3→-",
  "4→-",
]);
test("a cut that makes a new border necessary", gives, toy(["=9", "94.", "4. ", ". "]), "=[add:94]. ", [
  "=→<add>",
  "9→-",
  "4→. ",
  ". →-",
]);
test("characters before the result that are wider than a byte", gives, toy(["🙂=", "π"]), "🙂=[ln:3]π", [
  `${Buffer.from("🙂=").toString("latin1")}→<ln>`,
  `3→${Buffer.from("π").toString("latin1")}`,
  `${Buffer.from("π").toString("latin1")}→-`,
]);
test("a token that ends inside a character of the result's neighbour is cut", (t) => {
  const nbsp = toy([]);
  t.deepEqual(steps(nbsp, "€[add:5]").slice(-2), ["\u00ac→<add>", "5→-"]);
});

test(
  "the question's steps are masked up to the one that predicts the answer",
  gives,
  toy([]),
  "Q:a\nA:|b=[add:1]",
  ["Q→-", ":→-", "a→-", "\n→-", "A→-", ":→b", "b→=", "=→<add>", "1→-"],
);
test("includeQuestion keeps them", gives, toy([]), "Q:|b=[add:1]", ["Q→:", ":→b", "b→=", "=→<add>", "1→-"], {
  includeQuestion: true,
});
test(
  "onlyToolSteps masks tokens",
  gives,
  toy([]),
  "Q:|b=[add:1]c",
  ["Q→-", ":→-", "b→-", "=→<add>", "1→-", "c→-"],
  {
    onlyToolSteps: true,
  },
);
test(
  "a prefix stands between BOS and the text, masked",
  gives,
  toy([], { bos: true }),
  "b=[add:1]",
  ["<s>→-", "P→-", ":→b", "b→=", "=→<add>", "1→-"],
  { prefix: "P:" },
);
test("a prefix lets a result open the text", gives, toy([]), "[add:1]", [":→<add>", "1→-"], { prefix: ":" });
test("a text without calls", gives, toy([]), "Q|ab", ["Q→a", "a→b", "b→-"]);

test(
  "a space that the tokenizer puts first belongs to the first token",
  gives,
  toy([" a"], { addsSpace: true }),
  "a=[add:1]",
  [" a→=", "=→<add>", "1→-"],
);
test(
  "pieces that are cut out don't get such a space",
  gives,
  toy(["=9", " a", "9"], { addsSpace: true }),
  "a=[add:9]!",
  [" a→=", "=→<add>", "9→!", "!→-"],
);
test(
  "nor does a text after a prefix",
  gives,
  toy([], { addsSpace: true }),
  "a[add:1]",
  ["P→a", "a→<add>", "1→-"],
  { prefix: Int32Array.from([80]) },
);

const lowerCasing: Toy = { ...toy([]), encode: (text) => toy([]).encode(text.toLowerCase()) };
test(
  "a tokenizer that changes the text is refused",
  fails,
  lowerCasing,
  "A=[add:1]",
  /is not what its tokens spell/,
);
const noAlone: Toy = { ...toy(["=9"]), encode: (text) => toy(["=9"]).encode(text === "9" ? "nine" : text) };
test(
  "a piece that can't be encoded alone is refused",
  fails,
  noAlone,
  "a=[add:9]",
  /"9" of add\(1, 2\) shares a token/,
);

test("targets encode tools below -1", (t) => {
  t.is(MASKED, -1);
  for (const k of [0, 1, 12, 99_999]) {
    t.true(encodeToolTarget(k) < MASKED);
    t.is(decodeToolTarget(encodeToolTarget(k)), k);
  }
  t.is(decodeToolTarget(0), -1);
  t.is(decodeToolTarget(MASKED), -1);
});

test("a tool without a row is an error, not a problem", (t) => {
  const example = marked("=[sine:1]");
  const error = t.throws(() => alignExamples(toy([]), [example], { toolIndex: tools }), {
    instanceOf: ToolkenError,
  });
  t.is(error.code, "UNKNOWN_TOOL");
  t.throws(() => alignExample(toy([]), example, { toolIndex: () => -1 }), { message: /index of 0 or more/ });
  t.notThrows(() => alignExample(toy([]), example, { toolIndex: () => 5 }));
});

test("alignExamples lists what fails with its place", (t) => {
  const good = marked("=[add:1]");
  const bad = { ...marked("[add:1]"), source: { file: "train.jsonl", line: 7 } };
  const { aligned, problems } = alignExamples(toy([]), [good, bad, marked("[add:2]")], { toolIndex: tools });
  t.is(aligned.length, 1);
  t.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [
      ["train.jsonl", 7],
      ["", 3],
    ],
  );
  t.regex(problems[0]!.reason, /^train\.jsonl:7: the result "1" of add/);
});

/** Slow and obvious: every character of the text knows which call owns it, and every token its characters. */
function reference(tokenizer: Toy, example: TrainingExample): number[] {
  const owners = new Array<number>(Buffer.byteLength(example.text)).fill(-1);
  example.calls.forEach((call, index) => {
    const from = Buffer.byteLength(example.text.slice(0, call.start));
    const to = Buffer.byteLength(example.text.slice(0, call.end));
    for (let byte = from; byte < to; byte++) owners[byte] = index;
  });
  const tokens = [...tokenizer.encode(example.text)];
  const tokenOwners: number[] = [];
  let byte = 0;
  for (const token of tokens) {
    const length = tokenizer.piece(token).length;
    tokenOwners.push(Math.max(...owners.slice(byte, byte + length)));
    byte += length;
  }
  return tokens.map((_, i) => {
    const next = tokenOwners[i + 1];
    if (next === undefined) return MASKED;
    if (next < 0) return tokens[i + 1]!;
    return next === tokenOwners[i] ? MASKED : encodeToolTarget(tools.get(example.calls[next]!.tool)!);
  });
}

test("equals the reference by character ownership where borders exist", (t) => {
  // Words have no token that joins digits with anything but white space before them.
  const tokenizer = toy(["12", "345", "99", " 7", " 12", "is", " is", "🙂", "\n", "cups", " cups", "  "]);
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = ["is ", "🙂", "π=", "a", " cups", "\n", ". ", "  "];
  for (let round = 0; round < 300; round++) {
    let markup = "x";
    for (let piece = 0; piece < 12; piece++) {
      markup += words[random(words.length)]!;
      if (random(2) === 0) markup += `[${[...tools.keys()][random(3)]!}:${String(random(100_000))}]`;
    }
    const example = marked(markup);
    const { targets } = alignExample(tokenizer, example, { toolIndex: tools });
    t.deepEqual([...targets], reference(tokenizer, example), markup);
  }
});

test("cut texts still spell the text, and borders are exact", (t) => {
  const tokenizer = toy(["=1", "=12", "12.", "2.", "34", "4 c", "🙂1", " 1", "1 ", "=3"]);
  const pieces = ["=", "🙂", ". ", " c", " ", "x"];
  for (let round = 0; round < 200; round++) {
    let markup = "x";
    for (let i = 0; i < 6; i++) {
      markup += pieces[(round * 7 + i * (round + 3)) % pieces.length]!;
      markup += `[add:${["12", "1", "34", "2.5"][(round + i) % 4]!}]`;
    }
    const example = marked(markup);
    const { tokens, calls, targets } = alignExample(tokenizer, example, { toolIndex: tools });
    t.is(Buffer.concat([...tokens].map((token) => tokenizer.piece(token))).toString(), example.text);
    t.is(targets.filter((target) => target <= -2).length, 6);
    calls.forEach(({ first, end }, index) => {
      const spelled = Buffer.concat([...tokens.subarray(first, end)].map((token) => tokenizer.piece(token)));
      t.is(spelled.toString().trimStart(), example.calls[index]!.result);
      t.is(targets[first - 1], encodeToolTarget(0));
    });
  }
});

test("a long text with many calls", (t) => {
  const markup = "a=[add:12]".repeat(2000);
  const { calls, targets } = alignExample(toy([]), marked(markup), { toolIndex: tools });
  t.is(calls.length, 2000);
  t.is(targets.filter((target) => target === encodeToolTarget(0)).length, 2000);
});
