// The section about training.
import { quoted, results } from "../figures.mjs";
import { has, section } from "./tables.mjs";

export function training() {
  const files = [
    ["training-smollm2-q4_0.json", "SmolLM2-135M Q4_0"],
    ["training-smollm2-q4_1.json", "SmolLM2-135M Q4_1"],
  ];
  const features = section(
    "Training",
    "The feature pass against llama.cpp's prefill of the same texts in the same batches with all logits.",
    files,
    () => "results/features/measured",
    ["feature pass, every step", "feature pass, second half of each text"],
  );
  const prefill = "results/features/measured/prefill with all logits/medianRate";
  const repacked = files.every(([file]) => has(file, prefill))
    ? `llama.cpp's CPU package repacks Q4_0 for its kernels and Q4_1 not: the same model reads ${quoted(`${files[0][0]}:${prefill}`, 0)} tokens per second in Q4_0 and ${quoted(`${files[1][0]}:${prefill}`, 0)} in Q4_1, and trains accordingly.`
    : "";
  const whole = files
    .filter(([file]) => has(file, "results/whole training/measured/trainHead/ratio"))
    .map(
      ([file, name]) =>
        `With ${name} a whole training (features, solve, calibration, solve on everything) of ${quoted(`${file}:results/whole training/facts/texts`, 0)} texts is × ${quoted(`${file}:results/whole training/measured/trainHead/ratio`, 1)} as fast as three epochs of the published trainer.`,
    );
  const phases = phasesTable(files);
  const solver = results("solver.json");
  const solve =
    solver === undefined
      ? ""
      : `The solve of the problem in bench/solver takes ${quoted("solver.json:medianSeconds/solve_lbfgs", 2)} s, scipy's L-BFGS-B ${quoted("solver.json:medianSeconds/scipy float32", 1)} s in F32 and ${quoted("solver.json:medianSeconds/scipy float64", 1)} s in F64, to the same optimum.`;
  return [features, repacked, whole.join("\n"), phases, solve].filter((part) => part !== "").join("\n\n");
}

/** Where a training's seconds go: the last round's. */
function phasesTable(files) {
  const there = files.filter(([file]) => has(file, "results/whole training/facts/phases/1/features"));
  if (there.length === 0) return "";
  const names = ["features", "solve", "evaluation", "refit", "total"];
  return [
    "Training time breakdown. The feature pass is llama.cpp's prefill: nothing but fewer or faster tokens would make a training much shorter.",
    [
      `| seconds | ${names.join(" | ")} |`,
      `| --- | ${names.map(() => "---").join(" | ")} |`,
      ...there.map(
        ([file, name]) =>
          `| ${name} | ${names.map((part) => quoted(`${file}:results/whole training/facts/phases/1/${part}`, 1)).join(" | ")} |`,
      ),
    ].join("\n"),
  ].join("\n\n");
}

export function growth() {
  const file = "growth.json";
  if (results(file) === undefined) return "### Growth\n\nNot yet measured.";
  const { measured, facts } = results(file).results.find(({ name }) => name === "growth");
  const lines = [
    "| | work | seconds of a pass | against the first |",
    "| --- | --- | --- | --- |",
    ...measured.map(
      ({ name }) =>
        `| ${name} | × ${quoted(`${file}:results/growth/facts/work/${name}`, facts.work[name] < 10 ? 1 : 0)} | ${quoted(`${file}:results/growth/measured/${name}/medianRate`, 3)} | × ${quoted(`${file}:results/growth/measured/${name}/ratio`, 1)} |`,
    ),
  ];
  return `### Growth\n\nOne pass over all steps (loss and gradient) of the solver, d = 576. Work: steps × tools.\n\n${lines.join("\n")}`;
}
