// The typed interface of the native addon. Nothing outside src/ folders `native` and `model` calls it directly.

/** Aborts the operation that it was given to. */
export interface NativeCancel {
  cancel(): void;
}

export interface NativeDevice {
  name: string;
  description: string;
  backend: string;
  type: "cpu" | "gpu" | "integrated" | "accelerator";
  memoryFree: number;
  memoryTotal: number;
}

export interface NativeModelFacts {
  architecture: string;
  name: string;
  quantization: string;
  chatTemplate: string | null;
  backend: string;
  embeddingLength: number;
  vocabularySize: number;
  layers: number;
  gpuLayers: number;
  trainedContext: number;
  parameters: number;
  size: number;
  bos: number | null;
  eos: number | null;
  eot: number | null;
  addsBos: boolean;
  addsEos: boolean;
  metadata: Record<string, string>;
}

export interface NativeModel {
  facts(): NativeModelFacts;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  tokenizeAsync(text: string, addSpecial: boolean, parseSpecial: boolean): Promise<Int32Array>;
  piece(token: number, special: boolean): Uint8Array;
  pieces(): { bytes: Uint8Array; offsets: Int32Array };
  flags(): Uint8Array;
  applyChatTemplate(messages: readonly { role: string; content: string }[], addAssistant: boolean): string;
  dispose(): Promise<void>;
}

export interface NativeHead {
  /** Reads the weights off-thread: they must not be changed or transferred meanwhile. */
  setRows(weights: Float32Array, rows: number): Promise<void>;
  bytes(): number;
  dispose(): void;
}

export interface NativeGrammar {
  accept(token: number): void;
  complete(): boolean;
  draft(spaced: boolean, copy?: string): string;
  clone(): NativeGrammar;
  dispose(): void;
}

export interface NativeOutputRequest {
  index: number;
  top?: number;
  grammar?: NativeGrammar;
  hiddenState?: boolean;
  logits?: boolean;
  /**
   * The sequence will most likely go on with this output's best token: when every request of a decode says so, that
   * step is computed while the caller looks at this one, and is there when just that is asked for next. Where steps
   * take less than 2 ms nothing is computed ahead.
   */
  ahead?: boolean;
}

export interface NativeOutput {
  ids: Int32Array;
  logits: Float32Array;
  probs: Float32Array;
  hiddenState?: Float32Array;
  allLogits?: Float32Array;
}

export interface NativeContextOptions {
  contextSize: number;
  batchSize: number;
  sequences: number;
  outputs: number;
  threads: number;
  hiddenStates: boolean;
  offloadKv: boolean;
  kvUnified: boolean;
  batchInvariant: boolean;
}

export interface NativeContext {
  facts(): Omit<NativeContextOptions, "offloadKv" | "kvUnified" | "batchInvariant">;
  decode(
    tokens: Int32Array,
    positions: Int32Array,
    sequences: Int32Array,
    requests: readonly NativeOutputRequest[],
    cancel: NativeCancel,
  ): Promise<NativeOutput[]>;
  isAhead(): boolean;
  /** Takes back what is computed ahead. */
  settle(): Promise<void>;
  attachHead(
    head: NativeHead,
    sequences: Int32Array,
    topTokens: number,
    topTools: number,
    inGraph: boolean,
  ): Promise<boolean>;
  detachHead(sequence: number): void;
  setBias(sequence: number, bias: Float32Array): void;
  rollBack(sequence: number, position: number): void;
  sharePrefix(from: number, to: number, length: number): Promise<void>;
  saveState(sequence: number): Promise<number>;
  restoreState(state: number, sequence: number): Promise<void>;
  forgetState(state: number): void;
  clear(): void;
  length(sequence: number): number;
  dispose(): Promise<void>;
}

export interface NativeFeatureInput {
  prefix: Int32Array;
  tokens: Int32Array;
  targets: Int32Array;
  offsets: Int32Array;
  path: string;
  metadata: string;
  /** m: the best tokens to keep of every step; none by default. */
  topTokens?: number;
  batchSize: number;
  threads: number;
}

export interface NativeFeatureCounts {
  steps: number;
  decodedTokens: number;
  texts: number;
}

export interface Addon {
  /** Known after `open`. */
  readonly llamaVersion: string;
  readonly physicalCores: number;
  readonly Cancel: new () => NativeCancel;
  readonly Head: new (dimension: number, capacity: number, type: string) => NativeHead;
  readonly Grammar: new (model: NativeModel, gbnf: string, root: string) => NativeGrammar;
  /**
   * Opens llama.cpp's libraries: ggml-base, ggml, llama. Before everything else; once per process. Not in a binary
   * that is linked with them.
   */
  open?(libraries: readonly string[]): void;
  init(options: { backendDirectories: readonly string[] }): void;
  devices(): NativeDevice[];
  loadModel(
    options: { path: string; gpu: string; gpuLayers: number; useMmap: boolean },
    cancel: NativeCancel,
    progress?: (fraction: number) => void,
  ): Promise<NativeModel>;
  createContext(model: NativeModel, options: NativeContextOptions): Promise<NativeContext>;
  extractFeatures(
    model: NativeModel,
    input: NativeFeatureInput,
    cancel: NativeCancel,
    progress?: (done: number, total: number) => void,
  ): Promise<NativeFeatureCounts>;
  solve(
    problem: NativeSolverProblem,
    options: NativeSolverOptions,
    cancel: NativeCancel,
    progress?: (iteration: number, loss: number, gradientNorm: number) => void,
  ): Promise<NativeSolution>;
  /** Can't be stopped and may take the process down: only for a process of its own. `fileType` is a llama_ftype. */
  quantize(
    input: string,
    output: string,
    fileType: number,
    threads: number,
    requantize: boolean,
  ): Promise<void>;
  /** Blocks, and may take the process down: loads a model without memory for its weights and makes a context. */
  tryModel(path: string): void;
  /** Messages up to `level` (1 error, 2 warn, 3 info, 4 debug; 0 none) go to the listener, instead of one before. */
  setLog(level: number, listener?: (level: number, message: string) => void): void;
  /** The process exits with this code: all work is cancelled. `last`: what does not end in a moment is left running. */
  announceExit(code: number, last?: boolean): void;
}

/**
 * Shapes: h (N, d), lse (N; left out: no vocabulary), target (N; −1: a token, ≥ 0: a tool), targetLogit (N), bias (K),
 * prior (K, d). Step i's candidates, ascending, are those from candidateStart[i] to before candidateStart[i + 1].
 */
export interface NativeSolverProblem {
  h: Float32Array;
  lse?: Float32Array;
  target: Int32Array;
  targetLogit?: Float32Array;
  candidateStart?: Int32Array;
  candidates?: Int32Array;
  weights?: Float32Array;
  bias?: Float32Array;
  prior?: Float32Array;
  start?: Float32Array;
  dimension: number;
  tools: number;
}

export interface NativeSolverOptions {
  method: "lbfgs" | "adam";
  l2: number;
  threads: number;
  maxIterations: number;
  tolerance: number;
  learningRate: number;
  epochs: number;
  batchSize: number;
  seed: number;
  weightDecay: number;
}

export interface NativeSolution {
  weights: Float32Array;
  loss: number;
  gradientNorm: number;
  iterations: number;
  evaluations: number;
  converged: boolean;
}
