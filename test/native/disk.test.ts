// A home that can't be written and a full disk: what only needs a cache works, the rest says what to do, and works
// again when there is room.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import {
  ToolHead,
  type ToolkenError,
  createEngine,
  loadModel,
  mathTools,
  trainHead,
} from "../../src/index.js";
import { generateWordProblems, trainingExample } from "../../src/lab/word-problems/index.js";
import { models } from "../support/models.js";
import { type SmallDisk, smallDisk } from "../support/small-disk.js";

const examples = generateWordProblems({ count: 8, seed: 1 }).map(trainingExample);

function useAsHome(folder: string): void {
  process.env.XDG_CACHE_HOME = join(folder, ".cache");
  process.env.TMPDIR = folder;
}

const states: [string, (disk: SmallDisk) => void, (disk: SmallDisk) => void, RegExp][] = [
  [
    "a read-only home",
    (disk) => {
      disk.setReadOnly(true);
    },
    (disk) => {
      disk.setReadOnly(false);
    },
    /read-only|can be written/u,
  ],
  [
    "a full disk",
    (disk) => {
      disk.fill();
    },
    (disk) => {
      disk.empty();
    },
    /Free space|can be written/u,
  ],
];

for (const [name, spoil, repair, hint] of states) {
  test.serial(name, async (t) => {
    const disk = smallDisk(t, 4096);
    if (disk === undefined) {
      t.pass("no disk can be mounted here");
      return;
    }
    useAsHome(disk.folder);
    spoil(disk);
    const model = await loadModel(models.nano);
    t.teardown(() => model.dispose());
    const head = await ToolHead.load("nano", { for: await model.identity() });
    const engine = await createEngine(model, { head, tools: mathTools, parallel: 1 });
    t.regex((await engine.generate({ prompt: "What is the sum of 1 and 2?" })).text, /3/u);
    await engine.dispose();

    const path = join(disk.folder, "head.safetensors");
    const refused = async (work: () => Promise<unknown>): Promise<void> => {
      const error = await t.throwsAsync<ToolkenError>(work, { name: "ToolkenError", code: "IO" });
      t.regex(error.hint ?? "", hint);
    };
    await refused(() => head.save(path));
    await refused(() => trainHead(model, { examples, tools: mathTools }));
    await refused(() => createEngine(model, { head: "auto", tools: mathTools }));
    t.deepEqual(
      readdirSync(disk.folder).filter((file) => file !== "ballast" && file !== ".cache"),
      [],
    );

    repair(disk);
    await head.save(path);
    await trainHead(model, { examples, tools: mathTools });
    t.is((await ToolHead.load(path)).tools.length, head.tools.length);
  });
}
