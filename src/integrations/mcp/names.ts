const MAX_NAME = 128;

/** Tools of one server, by the server's name; "" where there is only one. */
export interface ServerTools<Tool extends { readonly name: string }> {
  readonly server: string;
  readonly tools: readonly Tool[];
}

/** A tool, and what it is called here. */
export interface NamedTool<Tool> {
  readonly name: string;
  readonly server: string;
  readonly tool: Tool;
}

/**
 * Names that differ: a name that several servers (or `reserved`) have becomes `<server>_<name>`, characters that no
 * tool's name may have become `_`, and what is still equal is numbered. Of two tools of one name in one server the
 * first counts.
 */
export function nameTools<Tool extends { readonly name: string }>(
  servers: readonly ServerTools<Tool>[],
  { prefix, reserved }: { readonly prefix: "collisions" | "always"; readonly reserved: ReadonlySet<string> },
): NamedTool<Tool>[] {
  const counts = new Map<string, number>();
  const lists = servers.map(({ server, tools }) => ({ server, tools: firstOfEachName(tools) }));
  for (const { tools } of lists) {
    for (const { name } of tools) counts.set(cleaned(name), (counts.get(cleaned(name)) ?? 0) + 1);
  }
  const taken = new Set(reserved);
  return lists.flatMap(({ server, tools }) =>
    tools.map((tool) => {
      const own = cleaned(tool.name);
      const collides = prefix === "always" || counts.get(own)! > 1 || reserved.has(own);
      const name = unused(collides && server !== "" ? cleaned(`${server}_${tool.name}`) : own, taken);
      taken.add(name);
      return { name, server, tool };
    }),
  );
}

function firstOfEachName<Tool extends { readonly name: string }>(tools: readonly Tool[]): Tool[] {
  const byName = new Map<string, Tool>();
  for (const tool of tools) if (!byName.has(tool.name)) byName.set(tool.name, tool);
  return [...byName.values()];
}

function cleaned(name: string): string {
  const legal = name.replaceAll(/[^A-Za-z0-9_.-]/gu, "_").slice(0, MAX_NAME);
  return legal === "" ? "_" : legal;
}

function unused(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let count = 2; ; count++) {
    const suffix = `_${count}`;
    const numbered = name.slice(0, MAX_NAME - suffix.length) + suffix;
    if (!taken.has(numbered)) return numbered;
  }
}
