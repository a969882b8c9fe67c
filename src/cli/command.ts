// A command is a typed function with one schema; its flags, defaults, checks and help all come from that schema.
import type { z } from "zod";
import type { Io } from "./io.js";

/** A line of `--help` that can be pasted into a shell, and what it does. */
export interface Example {
  readonly command: string;
  readonly does: string;
}

export interface CommandDefinition<Schema extends z.ZodObject> {
  /** Words after `toolken`: "run", "train head". */
  readonly name: string;
  /** Heading in `toolken --help`. */
  readonly group: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly examples?: readonly Example[];
  /** Keys of the options that `--help` shows; `--help-all` shows all. Default: all. */
  readonly everyday?: readonly (keyof Schema["shape"] & string)[];
  /** Options that may also stand without their flag, in this order; an array takes all the rest. */
  readonly positionals?: readonly (keyof Schema["shape"] & string)[];
  /** Keys are camelCase; each field has a description, which the help shows. */
  readonly options: Schema;
  /** Does the work. Resolves with an exit code, nothing stands for 0. */
  run(options: z.output<Schema>, io: Io): Promise<number | undefined>;
}

/** A command of any schema, as the program sees it. */
export interface Command {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly examples: readonly Example[];
  readonly positionals: readonly string[];
  readonly everyday: readonly string[] | undefined;
  readonly options: z.ZodObject;
  /** @param options what `this.options` has parsed */
  run(options: unknown, io: Io): Promise<number | undefined>;
}

export function defineCommand<Schema extends z.ZodObject>(definition: CommandDefinition<Schema>): Command {
  const { name, group, summary, examples = [], positionals = [], everyday, options } = definition;
  return {
    name,
    group,
    summary,
    examples,
    positionals,
    everyday,
    options,
    run: (parsed, io) => definition.run(parsed as z.output<Schema>, io),
  };
}
