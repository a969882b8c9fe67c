// Results of `npm run bench` as plots read them: per model and number of tools, with names that say the rest.
import { z } from "zod";
import type { SourceRecord } from "../../examples/records.js";
import { checked } from "./records.js";

const measuredSchema = z.object({
  name: z.string(),
  ratio: z.number().positive(),
  /** First and third quartile. */
  ratioRange: z.tuple([z.number(), z.number()]),
  medianRate: z.number().positive(),
  /** K, where the name does not say it. */
  tools: z.int().min(0).optional(),
});
const reportSchema = z.object({
  model: z.object({ file: z.string() }),
  results: z.array(
    z.object({ name: z.string(), what: z.string(), rival: z.string(), measured: z.array(measuredSchema) }),
  ),
});

const COUNT = /,? *\bK = ([\d,]*\d)\b/;

export interface BenchValue extends z.output<typeof measuredSchema> {
  readonly case: string;
  readonly model: string;
  readonly rival: string;
  /** The name without the number of tools. */
  readonly variant: string;
  readonly toolCount: number | null;
}

/** All measured variants of a report. @throws ToolkenError `RECORD_INVALID` */
export function benchValues(record: SourceRecord, reads: string): BenchValue[] {
  const { model, results } = checked(reportSchema, record, reads);
  return results.flatMap(({ name, rival, measured }) =>
    measured.map((value) => {
      const written = COUNT.exec(value.name)?.[1]?.replaceAll(",", "");
      return {
        ...value,
        case: name,
        model: model.file.replace(/\.gguf$/i, ""),
        rival,
        variant: value.name.replace(COUNT, ""),
        toolCount: value.tools ?? (written === undefined ? null : Number(written)),
      };
    }),
  );
}
