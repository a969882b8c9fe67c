// Examples that no test runs: their form, and the names that they share with the server.
import { readFile } from "node:fs/promises";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { Metrics } from "../../src/integrations/server/metrics.js";
import { commands } from "../../src/cli/commands/index.js";
import { parseOptions } from "../../src/cli/parse.js";

const folder = new URL("../../../examples/kubernetes/", import.meta.url);

const object = z.looseObject({
  apiVersion: z.string().regex(/^(?:[a-z0-9.-]+\/)?v\d+(?:(?:alpha|beta)\d+)?$/u),
  kind: z.string().regex(/^[A-Z][A-Za-z]+$/u),
  metadata: z.looseObject({ name: z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/u) }),
});
const port = z.strictObject({ number: z.int().min(1).max(65535) });
/** Of the Gateway API Inference Extension, version 1. */
const pool = z.strictObject({
  selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
  targetPorts: z.array(port).min(1).max(8),
  endpointPickerRef: z.strictObject({
    name: z.string(),
    port,
    failureMode: z.enum(["FailOpen", "FailClose"]).optional(),
  }),
});
const workload = z.looseObject({
  template: z.looseObject({
    spec: z.looseObject({
      containers: z
        .array(z.looseObject({ name: z.string(), image: z.string(), args: z.array(z.string()).optional() }))
        .min(1),
    }),
  }),
});

async function manifest(name: string): Promise<z.output<typeof object>[]> {
  const documents = parseAllDocuments(await readFile(new URL(name, folder), "utf8"));
  return documents.map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return object.parse(document.toJS());
  });
}

const argumentsOf = (one: z.output<typeof object>): string[] =>
  workload.parse(one.spec).template.spec.containers[0]!.args ?? [];

test("the manifests of the gateway fit together", async (t) => {
  const all = await manifest("gateway.yaml");
  const named = (kind: string, name = "toolken"): z.output<typeof object> =>
    all.find((one) => one.kind === kind && one.metadata.name === name)!;
  const { targetPorts, endpointPickerRef, selector } = pool.parse(named("InferencePool").spec);
  t.truthy(named("Service", endpointPickerRef.name));
  const labels = z
    .looseObject({ template: z.looseObject({ metadata: z.looseObject({ labels: z.unknown() }) }) })
    .parse(named("Deployment").spec).template.metadata.labels;
  t.deepEqual(labels, selector.matchLabels);
  // The server's flags are those of its command.
  const [command, ...words] = argumentsOf(named("Deployment"));
  const serve = commands.find(({ name }) => name === command)!;
  const options = (await parseOptions(serve, words)) as { readonly port: number };
  t.is(options.port, targetPorts[0]!.number);
  // The picker asks for gauges that the server has.
  const metrics = new Metrics().text({ running: 0, waiting: 0, cacheUsage: 0 });
  const gauges = argumentsOf(named("Deployment", "toolken-picker")).flatMap(
    (word) => /-metric=(.+)$/u.exec(word)?.slice(1) ?? [],
  );
  t.is(gauges.length, 3);
  for (const gauge of gauges) t.true(metrics.includes(`# TYPE ${gauge} gauge`), gauge);
});

test("the job's shards are as many as its pods", async (t) => {
  const [job] = await manifest("shards.yaml");
  const { completionMode, completions } = z
    .looseObject({ completionMode: z.string(), completions: z.int() })
    .parse(job!.spec);
  t.is(completionMode, "Indexed");
  const words = argumentsOf(job!)[0]!.replaceAll("$JOB_COMPLETION_INDEX", "3").trim().split(/\s+/u);
  t.deepEqual(words.slice(0, 2), ["toolken", "eval"]);
  const command = commands.find(({ name }) => name === "eval")!;
  const { shard } = (await parseOptions(command, words.slice(2))) as { readonly shard: unknown };
  t.deepEqual(shard, { index: 3, count: completions });
});
