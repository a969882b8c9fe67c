export { toolken, type ToolkenModelOptions } from "./language-model.js";
