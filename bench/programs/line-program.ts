// A rival in a process of its own: it takes commands by the line and answers each with a line of JSON, so that
// rivals of several languages can take turns on one machine.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a turn gave. `units`: tokens, or what the rival says; other fields: seconds by part of a step. */
export type Turn = Readonly<Record<string, number>> & { readonly seconds: number; readonly units: number };

export class LineProgram implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #complaints = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { env });
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", resolve);
      this.#child.once("error", (error) => {
        this.#complaints += error.message;
        resolve(error);
      });
    });
    this.#child.stderr.on("data", (text: Buffer) => (this.#complaints += text.toString()));
    this.#child.stdin.on("error", () => undefined); // its end is told by the missing answer
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async ask(command: string): Promise<Record<string, unknown>> {
    this.#child.stdin.write(`${command}\n`);
    const next = await this.#answers.next();
    if (next.done === true) {
      await this.#ended;
      throw new Error(`Expected an answer to "${command}" but the program ended: ${this.#complaints.trim()}`);
    }
    const answer = JSON.parse(next.value) as Record<string, unknown>;
    if (typeof answer.error === "string") throw new Error(`${answer.error} ("${command}")`);
    return answer;
  }

  async turn(command: string): Promise<Turn> {
    return (await this.ask(command)) as unknown as Turn;
  }

  /** Units per second of a turn. */
  async rate(command: string): Promise<number> {
    const { units, seconds } = await this.turn(command);
    return units / seconds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
