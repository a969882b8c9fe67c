import { open } from "node:fs/promises";
import { readToolRequests, type ToolRequest } from "../../examples/requests.js";
import { fileSystemError } from "../../utils/file-error.js";
import { type LearnedFeedback, readFeedback } from "./feedback-log.js";

/** Real requests of several files: requests with their tools, or feedback logs. */
export async function readData(paths: readonly string[]): Promise<LearnedFeedback> {
  const requests: ToolRequest[] = [];
  const noTool: string[] = [];
  for (const path of paths) {
    if (await isFeedbackLog(path)) {
      const learned = await readFeedback(path);
      requests.push(...learned.requests);
      noTool.push(...learned.noTool);
    } else {
      requests.push(...(await readToolRequests(path)).requests);
    }
  }
  return { requests, noTool };
}

/** Its first line is a decision with an id and a time. */
async function isFeedbackLog(path: string): Promise<boolean> {
  try {
    await using file = await open(path, "r");
    for await (const line of file.readLines()) return /^\{"id":"[^"]+","time":/u.test(line);
    return false;
  } catch (cause) {
    throw fileSystemError("read", path, cause);
  }
}
