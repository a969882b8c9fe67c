// The embedded model on the CPU.
import { testNanoOn } from "./nano-suite.js";

await testNanoOn("cpu");
