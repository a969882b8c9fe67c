// What a loaded model says of itself.

/** Facts of a GGUF model. */
export interface ModelFacts {
  /** GGUF `general.architecture`, e.g. "llama", "gemma3". */
  readonly architecture: string;
  /** GGUF `general.name`; may be empty. */
  readonly name: string;
  /** Quantization of most tensors, e.g. "Q4_1". */
  readonly quantization: string;
  /** The model's own chat template (Jinja), or null. */
  readonly chatTemplate: string | null;
  /** Backend that computes it: "cpu", "cuda", "vulkan", "metal". */
  readonly backend: string;
  /** d: length of the last hidden state. */
  readonly embeddingLength: number;
  /** V: number of tokens. */
  readonly vocabularySize: number;
  readonly layers: number;
  /** Layers on the GPU; layers + 1 when the output layer is there too. */
  readonly gpuLayers: number;
  /** Context length of the training, in tokens. */
  readonly trainedContext: number;
  readonly parameters: number;
  /** Bytes of all tensors. */
  readonly size: number;
  readonly bos: number | null;
  readonly eos: number | null;
  readonly eot: number | null;
  readonly addsBos: boolean;
  readonly addsEos: boolean;
  /** Scalar GGUF metadata, as text. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Distinguishes models. */
export interface ModelIdentity {
  readonly architecture: string;
  readonly name: string;
  /** d, the hidden size. */
  readonly embeddingLength: number;
  /** V */
  readonly vocabularySize: number;
  /** SHA-256 of the file, lower-case hex; null when unknown. */
  readonly fingerprint: string | null;
}
