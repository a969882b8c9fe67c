// What the tools offer to the rest of the library and to its users.
export { closingParenthesis, parseArguments, parseToolInput } from "./arguments.js";
export {
  callSignature,
  promptDefinition,
  toolJson,
  toolSignature,
  withDocumentation,
  type ToolJson,
} from "./documentation.js";
export { executeTool, type ExecuteToolOptions, type ToolExecution } from "./execute.js";
export {
  argumentsGrammar,
  describeArgumentsGrammar,
  type ArgumentsGrammar,
} from "./grammar/arguments-grammar.js";
export { argumentsTextOf, inputSchemaOf } from "./input.js";
export { inputGrammar, jsonText, namesGrammar } from "./input-grammar.js";
export { loadTools, type LoadToolsOptions } from "./load.js";
export { mathTools } from "./math.js";
export type {
  ArgumentsOf,
  JsonSchema,
  ObjectParameters,
  ParametersDefinition,
  PositionalDefinition,
  PositionalParameters,
  ToolParameters,
} from "./parameters.js";
export { parsePositional } from "./positional.js";
export { roundResult } from "./rounding.js";
export type { StandardSchema } from "./standard-schema.js";
export type { InputOf, OutputOf, ToolCallOf, ToolResultOf, ToolSetOf } from "./tool-types.js";
export { type NamedByKey, type Tools, toolSet, ToolSet } from "./tool-set.js";
export {
  defineTool,
  type Documentation,
  isTool,
  type InputExample,
  type ResultOf,
  type TextToolDefinition,
  type Tool,
  type ToolAnnotations,
  type ToolContext,
  type ToolDefinition,
} from "./tool.js";
