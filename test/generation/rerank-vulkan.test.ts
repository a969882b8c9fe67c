// Reranking on Vulkan's software device, in continuous integration.
import { testRerankingOn } from "./rerank-suite.js";

await testRerankingOn("vulkan");
