import { testHeadOn } from "./in-graph-suite.js";

await testHeadOn("cpu");
