import { join } from "node:path";
import test from "ava";
import { unpacked } from "../../src/native/asar.js";
import { temporaryFolder, write } from "./sample.js";

test("what Electron unpacked beside an archive is taken from there", (t) => {
  const folder = temporaryFolder();
  const inside = join(folder, "app.asar", "node_modules", "a", "toolken.node");
  t.is(unpacked(inside), inside);
  const outside = write(join(folder, "app.asar.unpacked", "node_modules", "a", "toolken.node"));
  t.is(unpacked(inside), outside);
  t.is(unpacked(outside), outside);
});

test("a path without an archive stays", (t) => {
  t.is(unpacked(join("a", "b.asar")), join("a", "b.asar"));
});
