// An option is described once, in its schema; here the declaration files get that line, with the default, as JSDoc.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { z } from "zod";

const source = fileURLToPath(new URL("../dist/src/", import.meta.url));
const load = (file) => import(pathToFileURL(file).href);
const { defaultOf, metaOf, withoutWrappers } = await load(join(source, "utils/options.js"));

for (const name of readdirSync(source, { recursive: true })) {
  if (!name.endsWith(".d.ts") || /^(?:cli|lab.plots)\b/u.test(name)) continue;
  const file = join(source, name);
  const text = readFileSync(file, "utf8");
  if (!text.includes("z.ZodObject<{") || !text.includes("OptionsOf<")) continue;
  const module = await load(file.replace(/\.d\.ts$/u, ".js"));
  const edits = [];
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  for (const statement of tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: constant, type } of statement.declarationList.declarations) {
      const schema = module[constant.text];
      if (type !== undefined && schema instanceof z.ZodType) document(type, schema, tree, edits);
    }
  }
  let documented = text;
  for (const { at, comment } of edits.sort((a, b) => b.at - a.at)) {
    documented = documented.slice(0, at) + comment + documented.slice(at);
  }
  if (documented !== text) writeFileSync(file, documented);
}

/** Comments for the properties of a type, which is that of a schema with or without defaults around it. */
function document(type, schema, tree, edits) {
  const object = withoutWrappers(schema);
  const literal = firstLiteral(type);
  if (literal === undefined || !(object instanceof z.ZodObject)) return;
  for (const member of literal.members) {
    const field = object.shape[member.name?.text];
    if (field === undefined) continue;
    const at = member.getStart(tree);
    // Declarations that the compiler did not write again have theirs from before.
    const isDocumented = tree.text.slice(member.getFullStart(), at).includes("/**");
    if (!isDocumented) edits.push({ at, comment: commentOf(field) });
    document(member.type, field, tree, edits);
  }
}

function firstLiteral(type) {
  if (ts.isTypeLiteralNode(type)) return type;
  return type.typeArguments?.[0] && firstLiteral(type.typeArguments[0]);
}

function commentOf(field) {
  const { description = "", more, defaultText } = metaOf(field);
  const value = defaultOf(field);
  const text = defaultText ?? (value === undefined ? undefined : JSON.stringify(value));
  const lines = [description, more, text === undefined ? undefined : `Default: ${text}`]
    .filter(Boolean)
    .map((line) => (/[.!?]$/u.test(line) ? line : `${line}.`));
  return `/** ${lines.join(" ").replaceAll("*/", "*\\/")} */\n    `;
}
