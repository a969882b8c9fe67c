import { join } from "node:path";
import test from "ava";
import { unpacked } from "../../src/native/asar.js";
import { binaryCandidates, llamaLibraries } from "../../src/native/locate.js";
import { OWN_VERSION, install, surroundingsIn, temporaryFolder, write } from "./sample.js";

test("what Electron unpacked beside an archive is taken from there", (t) => {
  const folder = temporaryFolder();
  const inside = join(folder, "app.asar", "node_modules", "a", "toolken.node");
  t.is(unpacked(inside), inside);
  const outside = write(join(folder, "app.asar.unpacked", "node_modules", "a", "toolken.node"));
  t.is(unpacked(inside), outside);
  t.is(unpacked(outside), outside);
});

test("binary and libraries of a packed application come from beside the archive", (t) => {
  const folder = temporaryFolder();
  const [packed, beside] = [join(folder, "app.asar"), join(folder, "app.asar.unpacked")];
  install(packed, "@toolken/native-linux-x64", OWN_VERSION);
  const files = ["toolken.node", "libllama.v0.5.0.so"];
  const expected = install(beside, "@toolken/native-linux-x64", OWN_VERSION, files);
  const around = surroundingsIn(packed);
  const binary = binaryCandidates(around).at(-1)?.path;
  t.is(binary, join(expected, "toolken.node"));
  t.is(llamaLibraries(binary ?? "", around)?.directory, expected);
});

test("a path without an archive stays", (t) => {
  t.is(unpacked(join("a", "b.asar")), join("a", "b.asar"));
});
