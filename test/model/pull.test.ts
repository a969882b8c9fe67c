// Models are fetched by name: from a server of our own that stands for Hugging Face and for Ollama's registry.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { pullModel } from "../../src/index.js";
import { modelUri } from "../../src/model/pull.js";
import { families, randomModel } from "../families/families.js";
import { toolken } from "../cli/spawn.js";
import { scratchFile, scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";

const { file } = randomModel(families[0]!);
const paths: string[] = [];
let server: Server;
let address: string;

test.before(async () => {
  server = createServer((request, response) => {
    const path = request.url!.split("?")[0]!;
    paths.push(`${request.method!} ${path}`);
    const isModel = path.endsWith("/resolve/main/tiny.gguf") || path.endsWith("/blobs/sha256:abc");
    if (path === "/v2/library/tiny/manifests/1b") {
      const layers = [{ mediaType: "application/vnd.ollama.image.model", digest: "sha256:abc" }];
      response.end(JSON.stringify({ layers }));
    } else if (isModel) {
      const [, from = "0", to = ""] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
      const end = to === "" ? file.length : Number(to) + 1;
      const part = file.subarray(Number(from), end);
      response.writeHead(request.headers.range === undefined ? 200 : 206, {
        "content-length": part.length,
        "accept-ranges": "bytes",
        "content-range": `bytes ${from}-${end - 1}/${file.length}`,
      });
      response.end(request.method === "HEAD" ? undefined : part);
    } else response.writeHead(404).end("no such model");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.MODEL_ENDPOINT = address;
});
test.after.always(() => {
  server.closeAllConnections();
  server.close();
});

const uri = test.macro((t, name: string, expected: string) => {
  t.is(modelUri(name), expected);
});
test("hf: with a quantization", uri, "hf:Qwen/Qwen3-0.6B-GGUF:Q8_0", "hf:Qwen/Qwen3-0.6B-GGUF:Q8_0");
test("a file of a repository", uri, "user/model/a/b.gguf#main", "hf:user/model/a/b.gguf#main");
test("Ollama", uri, "ollama:smollm2:135m", "ollama:smollm2:135m");
test("an address", uri, "https://example.com/a.gguf", "https://example.com/a.gguf");

for (const name of [
  "smollm2",
  "",
  "a b/c",
  "ftp://x/y.gguf",
  "../../etc/passwd",
  "https://example.com/a.zip",
]) {
  test(`${JSON.stringify(name)} is no name of a model`, async (t) => {
    const error = await rejectsWith(t, pullModel(name), "INVALID_ARGUMENT", /the name of a model for name/);
    t.regex(error!.hint!, /hf:user\/model/);
  });
}

test.serial("a file of Hugging Face is fetched once", async (t) => {
  const folder = await scratchFolder(t);
  const path = await pullModel("user/model/tiny.gguf", { folder });
  t.true(path.startsWith(folder));
  t.true((await readFile(path)).equals(file));
  paths.length = 0;
  t.is(await pullModel("user/model/tiny.gguf", { folder }), path);
  t.deepEqual(
    paths.filter((one) => one.startsWith("GET") && one.endsWith("tiny.gguf")),
    [],
  );
});

test.serial("a model of Ollama is found by its manifest", async (t) => {
  const folder = await scratchFolder(t);
  const options = { folder, ollamaRegistry: address };
  const path = await pullModel("ollama:tiny:1b", options);
  t.is(path, join(folder, "tiny-1b.gguf"));
  t.true((await readFile(path)).equals(file));
  await rejectsWith(t, pullModel("ollama:other", options), "FILE_NOT_FOUND", /ollama:other/);
});

test.serial("what is not there, and a network that does not answer", async (t) => {
  const folder = await scratchFolder(t);
  await rejectsWith(t, pullModel("user/model/none.gguf", { folder }), "FILE_NOT_FOUND", /none\.gguf/);
  const nobody = { folder, ollamaRegistry: "http://127.0.0.1:1" };
  const error = await rejectsWith(t, pullModel("ollama:tiny", nobody), "IO", /Could not fetch ollama:tiny/);
  t.regex(error!.hint!, /network/);
});

const HIDES_THE_PEER = `import { register } from "node:module";
const hook = \`export async function resolve(name, context, next) {
  if (name !== "node-llama-cpp") return next(name, context);
  throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
}\`;
register("data:text/javascript," + encodeURIComponent(hook));
`;

test.serial("without node-llama-cpp it says how to install it", async (t) => {
  const hook = await scratchFile(t, HIDES_THE_PEER, "hide.mjs");
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--import ${pathToFileURL(hook).href}`;
  const running = toolken(["pull", "user/model:Q8_0"]);
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
  const { exitCode, stdout, stderr } = await running;
  t.is(exitCode, 1);
  t.is(stdout, "");
  t.regex(stderr, /Downloads need node-llama-cpp@[\d.]+: not installed\n.*npm install node-llama-cpp@/);
});
