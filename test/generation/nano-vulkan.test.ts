// The embedded model on Vulkan's software device, in continuous integration.
import { testNanoOn } from "./nano-suite.js";

await testNanoOn("vulkan");
