// Imports between the folders of src go one way; `npm run lint` checks it, type-only imports included.
const LAYERS = [
  ["errors.ts$"],
  ["utils/"],
  ["native/", "tools/"],
  ["model/"],
  ["head/"],
  ["prompts/"],
  ["reranker/"],
  ["examples/", "metrics/"],
  ["generation/"],
  ["training/"],
  ["engine/"],
  ["lab/"],
  ["integrations/"],
  ["cli/", "index.ts$"],
];

const paths = (layers) => `^src/(?:${layers.flat().join("|")})`;

/** Folders of one layer do not import each other. */
const siblings = LAYERS.flatMap((layer) =>
  layer.length < 2
    ? []
    : layer.map((folder) => ({
        name: `no-siblings-of-${folder.replace(/\W+/gu, "")}`,
        severity: "error",
        from: { path: `^src/${folder}` },
        to: { path: paths([layer.filter((other) => other !== folder)]) },
      })),
);

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...LAYERS.slice(0, -1).map((layer, i) => ({
      name: `downwards-only-${layer[0].replace(/\W+/gu, "")}`,
      severity: "error",
      from: { path: paths([layer]) },
      to: { path: paths(LAYERS.slice(i + 1)) },
    })),
    ...siblings,
    {
      name: "no-lab-in-the-library",
      severity: "error",
      from: { path: "^src/index\\.ts$" },
      to: { path: "^src/lab/", reachable: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
