// Where runs part from gold, side by side: which mistakes a reranker or a head mends, and which it makes.
import { z } from "zod";
import { DIAGNOSIS_KINDS, DIAGNOSIS_NAMES, type DiagnosisKind } from "../../evaluation/diagnosis-kinds.js";
import { definePlot, distinct, PLOT_WIDTH } from "../kind.js";
import { checked } from "../records.js";
import { seriesScales } from "../theme.js";

const lineSchema = z.object({
  run: z.string(),
  /** null where the question has no gold answer */
  right: z.boolean().nullable(),
  findings: z.array(z.object({ kind: z.enum(DIAGNOSIS_KINDS) })),
});
interface Line {
  readonly run: string;
  readonly kinds: readonly DiagnosisKind[];
  readonly right: boolean | null;
}

const RIGHT = "right answer";

export const diagnosticsPlot = definePlot<Line>({
  summary: "where runs differ from the reference: questions by kind of mistake",
  reads: "lines that `toolken lab diagnose --out` or `toolken eval --diagnose` writes",
  read(file, records, reads) {
    return records.map((record) => {
      const { run, findings, right } = checked(lineSchema, record, reads);
      return { run: file.series ?? run, right, kinds: distinct(findings.map(({ kind }) => kind)) };
    });
  },
  draw(rows, look) {
    const runs = distinct(rows.map(({ run }) => run));
    const categories: readonly (DiagnosisKind | typeof RIGHT)[] = [RIGHT, ...DIAGNOSIS_KINDS];
    const values = categories.flatMap((category) =>
      runs.map((run) => {
        const own = rows.filter((row) => row.run === run);
        const count = own.filter(({ right, kinds }) =>
          category === RIGHT ? right === true : kinds.includes(category),
        ).length;
        const label = category === RIGHT ? RIGHT : DIAGNOSIS_NAMES[category];
        return { run, label, count, text: `${count}  (${((100 * count) / own.length).toFixed(0)} %)` };
      }),
    );
    const seen = new Set(values.filter(({ count }) => count > 0).map(({ label }) => label));
    const shown = values.filter(({ label }) => seen.has(label));
    const { color } = seriesScales(look, runs);
    const y = {
      field: "label",
      type: "nominal",
      sort: distinct(shown.map(({ label }) => label)),
      title: null,
      axis: { domain: false, ticks: false },
      scale: { paddingInner: 0.3 },
    };
    const yOffset = { field: "run", type: "nominal", sort: runs };
    const most = Math.max(1, ...shown.map(({ count }) => count));
    const x = {
      field: "count",
      type: "quantitative",
      title: "Questions",
      scale: { domain: [0, most * 1.15], nice: false },
      axis: { tickMinStep: 1, format: "d" },
    };
    const spec = {
      data: { values: shown },
      width: PLOT_WIDTH,
      height: { step: 20 },
      layer: [
        {
          mark: { type: "bar", height: { band: 0.86 } },
          encoding: {
            y,
            yOffset,
            x,
            color: {
              field: "run",
              type: "nominal",
              title: null,
              scale: color,
              ...(runs.length > 1 ? {} : { legend: null }),
            },
          },
        },
        {
          mark: { type: "text", align: "left", baseline: "middle", dx: 6, dy: 1 },
          encoding: { y, yOffset, x, text: { field: "text" } },
        },
      ],
    };
    const questions = distinct(runs.map((run) => rows.filter((row) => row.run === run).length));
    const counts = questions.length === 1 ? `${questions[0]!} questions` : undefined;
    const subtitle = [runs.length === 1 ? runs[0] : undefined, counts].filter((part) => part !== undefined);
    return {
      title: "Where run and reference differ",
      subtitle: `${subtitle.join(", ")}; a question may count under several kinds`,
      spec,
    };
  },
});
