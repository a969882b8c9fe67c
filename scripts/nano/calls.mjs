// Counts right tools and exact arguments in answers of `toolken eval --out`.
// node scripts/nano/calls.mjs PROBLEMS.jsonl ANSWERS.jsonl [--show 10]
import { readFileSync } from "node:fs";

const [problemFile, answerFile, , show = "0"] = process.argv.slice(2);
const lines = (file) => readFileSync(file, "utf8").trim().split("\n").map(JSON.parse);
const problems = new Map(lines(problemFile).map((problem) => [problem.question, problem]));
const counts = {
  questions: 0,
  "right answers": 0,
  calls: 0,
  "right tools": 0,
  "exact arguments": 0,
  "same number of calls": 0,
};
let left = Number(show);
for (const answer of lines(answerFile)) {
  const problem = problems.get(answer.question);
  const plain = (text) => text.replace(/\s/g, "");
  const right = answer.pred_val === problem.answer;
  counts.questions++;
  counts["right answers"] += right ? 1 : 0;
  counts["same number of calls"] += answer.calls.length === problem.calls.length ? 1 : 0;
  problem.calls.forEach((gold, i) => {
    counts.calls++;
    const call = answer.calls[i];
    if (call?.tool !== gold.tool) return;
    counts["right tools"]++;
    counts["exact arguments"] += plain(call.argumentsText) === plain(gold.args) ? 1 : 0;
  });
  if (!right && left-- > 0)
    console.log(
      `${problem.question}\n  ${answer.transcript}\n  gold ${problem.calls.map(({ tool, args }) => `${tool}(${args})`).join(" ")} = ${problem.answer}`,
    );
}
console.log(JSON.stringify(counts));
