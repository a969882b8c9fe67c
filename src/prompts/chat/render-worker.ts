import { parentPort } from "node:worker_threads";
import { Template } from "@huggingface/jinja";

/** A template to render; requests come one at a time. */
export interface RenderRequest {
  readonly template: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly maxLength: number;
}

export type RenderAnswer = { readonly text: string } | { readonly error: string };

const templates = new Map<string, Template>();
const MAX_TEMPLATES = 16;

function parsed(source: string): Template {
  let template = templates.get(source);
  if (template === undefined) {
    template = new Template(source);
    if (templates.size >= MAX_TEMPLATES) templates.delete(templates.keys().next().value!);
    templates.set(source, template);
  }
  return template;
}

parentPort!.on("message", ({ template, context, maxLength }: RenderRequest) => {
  let answer: RenderAnswer;
  try {
    const text = parsed(template).render({ ...context });
    answer =
      text.length <= maxLength
        ? { text }
        : { error: `the conversation is longer than ${maxLength} characters` };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(answer);
});
parentPort!.postMessage("ready");
