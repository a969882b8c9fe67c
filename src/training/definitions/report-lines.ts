import { ratio, time } from "../report-text.js";
import type { DefinitionTraining } from "./train-definitions.js";

const MAX_LINES = 10;

/** The report of a training on definitions, for people; without a line end. */
export function formatDefinitionReport(training: DefinitionTraining): string {
  const { texts, tools, top1, top5, calibration, confused, warnings, synthesis, seconds, tokens } = training;
  const sources = Object.entries(texts).map(([source, count]) => `${count} ${source}`);
  const { falsePositiveRate, missRate, calibrationError } = calibration;
  return [
    `Texts       ${sources.join(", ")}; ${tools.length} tools`,
    ...(synthesis === null ? [] : synthesisLines(synthesis)),
    ...(top1 === null || top5 === null
      ? ["Validation  none: there are no requests to measure on"]
      : [
          `Validation  right tool first ${ratio(top1)}, among five ${ratio(top5)} (requests not learned from)`,
        ]),
    ...(falsePositiveRate === null
      ? []
      : [
          `No tool     ${ratio(falsePositiveRate)} of texts without a fitting tool get one` +
            (missRate === null ? "" : `, ${ratio(missRate)} of requests get none`),
        ]),
    ...(calibrationError === null ? [] : [`Calibration error ${ratio(calibrationError)}`]),
    ...weakest(training),
    ...some(
      confused.map(
        ({ tool, other, count }) => `${tool} and ${other} are hard to distinguish (${count} requests)`,
      ),
      "Confused: say in each description what the other does not do, or add requests of your own",
    ),
    ...some(
      warnings.map(({ tool, problem }) => `${tool}: ${problem}`),
      "Descriptions to improve",
    ),
    `Time        requests ${time(seconds.requests)}, states ${time(seconds.states)} (${tokens} tokens), solve ${time(seconds.solve)}`,
  ].join("\n");
}

function synthesisLines(synthesis: NonNullable<DefinitionTraining["synthesis"]>): string[] {
  const { written, kept, drops, short } = synthesis;
  const reasons = drops.map(({ reason, count }) => `${count} ${reason}`).join(", ");
  return [
    `Requests    ${kept} of ${written} written ones are usable${reasons === "" ? "" : `; dropped: ${reasons}`}`,
    ...some(
      short.map(({ tool, kept: usable }) => `${tool}: ${usable}`),
      "Tools with too few requests: add some by hand, or take a larger writer",
    ),
  ];
}

/** Tools whose unseen requests are found least. */
function weakest({ tools }: DefinitionTraining): string[] {
  const missed = tools
    .filter(({ judged, right }) => right < judged)
    .sort((a, b) => b.judged - b.right - (a.judged - a.right))
    .map(({ tool, judged, right }) => `${tool}: ${right} of ${judged}`);
  return some(missed, "Found least");
}

function some(lines: readonly string[], heading: string): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MAX_LINES;
  return [
    `${heading}:`,
    ...lines.slice(0, MAX_LINES).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
