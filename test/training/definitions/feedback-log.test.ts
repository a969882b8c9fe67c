import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { FeedbackLog, readFeedback } from "../../../src/training/index.js";
import { rejectsWith } from "../../support/errors.js";
import { scratchFolder } from "../../utils/scratch.js";

test("confirmed and corrected decisions are learned, others are not", async (t) => {
  const path = join(await scratchFolder(t), "log.jsonl");
  {
    await using log = await FeedbackLog.open(path);
    const right = await log.record({ request: "rain in Porto?", tool: "get_weather" });
    const wrong = await log.record({ request: "hello", tool: "send_mail" });
    await log.record({ request: "nobody said anything", tool: "play_music" });
    const other = await log.record({ request: "jazz please", tool: null });
    await log.feedback(right, { right: true });
    await log.feedback(wrong, { right: false, tool: null });
    await log.feedback(other, { right: false, tool: "play_music" });
    await rejectsWith(t, log.feedback("unknown", { right: true }), "INVALID_ARGUMENT");
  }
  await using again = await FeedbackLog.open(path);
  const late = await again.record({ request: "wrong, without a correction", tool: "send_mail" });
  await again.feedback(late, { right: false });
  const { requests, noTool } = await readFeedback(path);
  t.deepEqual(
    requests.map(({ question, tool }) => [question, tool]),
    [
      ["rain in Porto?", "get_weather"],
      ["jazz please", "play_music"],
    ],
  );
  t.deepEqual(noTool, ["hello"]);
});

test("a damaged line is refused with its place", async (t) => {
  const path = join(await scratchFolder(t), "log.jsonl");
  await appendFile(path, '{"id":"a","request":"x","tool":null}\n{"id":"b","right":true}\n');
  await rejectsWith(t, readFeedback(path), "RECORD_INVALID", /log\.jsonl:2: /u);
});
