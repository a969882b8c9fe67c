export type { ChatToolkenCallOptions } from "./call-options.js";
export { ChatToolken, type ChatToolkenParams } from "./chat-toolken.js";
