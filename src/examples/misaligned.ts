// A row whose step is another than its label says teaches the wrong thing: here such rows are told from the others.
import { REJECT } from "../reranker/reranker.js";
import type { TrainingExample } from "./example.js";
import type { MinedRow } from "./mined-row.js";

const NUMBER = /\d+(?:,\d{3})*(?:\.\d+)?/gu;
/** A number that the text ends in, and may go on with. */
const NUMBER_AT_END = /\d[\d,]*(?:\.\d*)?$/u;

/**
 * Why a row can't be a step of the texts that it was mined from, or undefined when it can: a tool is due where its
 * result begins, and steps within a result have no row.
 */
export function misalignedInTexts(
  row: Pick<MinedRow, "label" | "question" | "text">,
  texts: readonly TrainingExample[],
): string | undefined {
  const places = texts.flatMap((example) => placesIn(example, row));
  if (places.length === 0) return "no text has this question and goes on as the row does";
  const reasons = places.map(({ example, offset }) => reasonIn(example, offset, row.label));
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/** Where the row's text so far ends in a text of its question. */
function placesIn(
  example: TrainingExample,
  row: Pick<MinedRow, "question" | "text">,
): { readonly example: TrainingExample; readonly offset: number }[] {
  const { text, questionEnd = 0 } = example;
  if (plain(questionIn(text.slice(0, questionEnd))) !== plain(row.question)) return [];
  const answer = text.slice(questionEnd);
  // In a chat the answer's first white space belongs to the template.
  const skipped = answer.startsWith(row.text) ? 0 : answer.length - answer.trimStart().length;
  if (!answer.startsWith(row.text, skipped)) return [];
  return [{ example, offset: questionEnd + skipped + row.text.length }];
}

const QUESTION = /^(?:Q|Question):([^]*?)(?:\n(?:A|Answer):)?\s*$/u;

/** The question of "Q: …\nA:"; other texts are their own question. */
export function questionIn(text: string): string {
  return (QUESTION.exec(text)?.[1] ?? text).trim();
}

function plain(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}

function reasonIn({ text, calls }: TrainingExample, offset: number, label: string): string | undefined {
  const inside = calls.find(({ start, end }) => start < offset && offset < end);
  if (inside !== undefined) {
    return `the step lies inside the result ${inside.result} of ${inside.tool}, whose later tokens have no row`;
  }
  const due = calls.find(({ start }) => start >= offset && text.slice(offset, start).trim() === "");
  if (label === REJECT) {
    return due === undefined ? undefined : `a call of ${due.tool} is due, which ${REJECT} denies`;
  }
  if (due?.tool === label) return undefined;
  const late = calls.find(({ tool, end }) => tool === label && end === offset);
  if (late !== undefined) return `the text holds the result ${late.result} already: the step is late`;
  return due === undefined ? `no call of ${label} is due` : `a call of ${due.tool} is due, not of ${label}`;
}

/**
 * The same from the row alone, where the texts are not at hand: a prefix that ends inside or right after a number is
 * not where a call is due, and if the question does not hold that number, it is a result that has begun.
 */
export function misalignedByItself({
  label,
  question,
  text,
}: Pick<MinedRow, "label" | "question" | "text">): string | undefined {
  const number = NUMBER_AT_END.exec(text)?.[0];
  if (number === undefined) return undefined;
  if (label !== REJECT) {
    return `the text ends in ${JSON.stringify(number)}, the beginning of a result: the step is late`;
  }
  const given = [...`${question} ${text.slice(0, -number.length)}`.matchAll(NUMBER)].map(([known]) => known);
  if (given.some((known) => known.startsWith(number))) return undefined;
  return `the text ends in ${JSON.stringify(number)}, which seems to be a result: its later tokens have no row`;
}
