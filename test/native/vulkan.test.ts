// Runs in continuous integration, with Vulkan's software device; elsewhere when a Vulkan package is installed.
import test from "ava";
import { loadAddon } from "../../src/native/load.js";
import { gpuLibraries, environment } from "../../src/native/locate.js";

const installed = gpuLibraries(environment()).some(({ directory }) => directory.includes("vulkan"));
const required = process.env.TOOLKEN_REQUIRE_VULKAN !== undefined;
const withVulkan = installed || required ? test : test.skip;

withVulkan("the Vulkan backend of another package joins the CPU package's llama.cpp", async (t) => {
  const devices = (await loadAddon()).devices();
  t.true(!required || devices.some(({ backend }) => backend === "vulkan"));
  // GPU packages bring the CPU backends again: they must not be loaded twice.
  t.is(devices.filter(({ backend }) => backend === "cpu").length, 1);
});
