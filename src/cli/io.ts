// What a command may do to the outside: standard output for results, standard error for everything else.
import { styleText } from "node:util";
import ora from "ora";

export type Style = Parameters<typeof styleText>[0];

/** A task that goes on; shown on standard error while that is a terminal. */
export interface Progress {
  /** @param total leave it out where the end is not known */
  update(done: number, total?: number, note?: string): void;
  /** Removes the line. */
  stop(): void;
}

export interface Io {
  readonly signal: AbortSignal;
  readonly stdin: NodeJS.ReadStream;
  /** Whether results go to a person's screen. */
  readonly isTerminal: boolean;
  /** Columns of the screen, 100 when there is none. */
  readonly columns: number;
  /** Results, as they are. */
  readonly write: (text: string) => void;
  /** Results, with a line end. */
  readonly print: (text: string) => void;
  /** One JSON document on one line. */
  readonly printJson: (value: unknown) => void;
  /** A line on standard error. */
  readonly note: (text: string) => void;
  /** A line on standard error, when a person watches. */
  readonly hint: (text: string) => void;
  /** Colour for standard output; the bare text where there is none. */
  readonly style: (style: Style, text: string) => string;
  readonly progress: (label: string) => Progress;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

export function createIo(streams: Streams, signal: AbortSignal): Io {
  const { stdin, stdout, stderr, env } = streams;
  const outColour = hasColour(stdout, env);
  const errorColour = hasColour(stderr, env);
  const print = (text: string): void => void stdout.write(`${text}\n`);
  const note = (text: string): void => void stderr.write(`${text}\n`);
  return {
    signal,
    stdin,
    isTerminal: isTerminal(stdout),
    // Some terminals do not know their width and say 0.
    columns: isTerminal(stdout) && stdout.columns > 0 ? stdout.columns : 100,
    write: (text) => void stdout.write(text),
    print,
    printJson: (value) => {
      print(JSON.stringify(value));
    },
    note,
    hint: (text) => {
      if (isTerminal(stderr)) note(styled(errorColour, "dim", text));
    },
    style: (style, text) => styled(outColour, style, text),
    progress: (label) => (canRedraw(stderr) ? spinner(label, stderr, errorColour) : SILENT),
  };
}

/** NO_COLOR (https://no-color.org) wins, then FORCE_COLOR, then whether the stream is a terminal. */
export function hasColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return isTerminal(stream) && env.TERM !== "dumb";
}

export function styled(colour: boolean, style: Style, text: string): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

// The types promise a boolean, a pipe has none.
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}

/** ora clears as many lines as the text fills, endlessly many in a terminal that is 0 columns wide. */
function canRedraw(stream: NodeJS.WriteStream): boolean {
  return isTerminal(stream) && stream.columns > 0;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

const BAR_WIDTH = 24;

function spinner(label: string, stream: NodeJS.WriteStream, colour: boolean): Progress {
  const line = ora({ text: label, stream, color: colour ? "cyan" : false, discardStdin: false }).start();
  return {
    update(done, total, note) {
      const parts = [label];
      if (total !== undefined && total > 0) {
        parts.push(progressBar(done, total), `${Math.round(done)}/${Math.round(total)}`);
      } else if (done > 0) parts.push(String(Math.round(done)));
      if (note !== undefined) parts.push(note);
      line.text = parts.join(" ");
    },
    stop: () => void line.stop(),
  };
}

/** `███████░░░`, of a fixed width. */
export function progressBar(done: number, total: number): string {
  const full = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, done / total)));
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}
