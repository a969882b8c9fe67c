// Runs in continuous integration on Vulkan's software device: the device's buffers, graph and transfers for real.
import { testHeadOn } from "./in-graph-suite.js";

await testHeadOn("vulkan");
