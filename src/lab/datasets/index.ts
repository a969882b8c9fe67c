// Data sets of published papers, read into the project's own form.
export type {
  GoldCall,
  LookupEntry,
  MarkCounts,
  PlannedAction,
  PreparedQuestion,
  PublishedTool,
  RecordNote,
} from "./form.js";
export { type FuncqaQuestion, readFuncqaQuestion } from "./funcqa.js";
export { type Gsm8kRecord, readGsm8kRecord } from "./gsm8k.js";
export { type Gsm8kXlRecord, readGsm8kXlRecord } from "./gsm8k-xl.js";
export { type KamelQuestion, readKamelQuestion, readKamelRecord } from "./kamel.js";
export { type MetaToolRecord, readMetaToolRecord } from "./metatool.js";
export { prepareDataSet, type PrepareOptions } from "./prepare.js";
export type { FileAccount, PreparedDataSet, PreparedPart } from "./prepared.js";
export { type DataSetName, dataSetNames } from "./registry.js";
export type { RelationRecord } from "./relations.js";
export { readSimpleToolQuestion } from "./simple-tool-questions.js";
export { type PlanGroup, readVirtualHomeRecord, type VirtualHomeRecord } from "./virtualhome.js";
export { readWordProblemRecord, type WordProblemRecord } from "./word-problem-sets.js";
export { writePrepared } from "./write.js";
