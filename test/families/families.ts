// The families that are tested with random weights: their real architectures and tokenizer types, in tiny shapes.
import { seededRandom } from "../../src/utils/random.js";
import { type GgufTensor, ggufFile, type GgufValue } from "../support/gguf.js";
import { bytePairs, sentencePieces, type Vocabulary } from "./vocabularies.js";

/** d */
export const DIMENSION = 64;
const LAYERS = 2;
const HEADS = 4;
const KEY_VALUE_HEADS = 2;
const HEAD_DIMENSION = DIMENSION / HEADS;
const FEED_FORWARD = 64;

export interface Family {
  readonly title: string;
  readonly architecture: string;
  readonly vocabulary: Vocabulary;
  /** The output matrix is the embedding. */
  readonly tied: boolean;
  readonly addsBos: boolean;
  /** Logits are `cap · tanh(z / cap)`. */
  readonly softCap?: number;
  /** More keys after `<architecture>.`. */
  readonly more?: Readonly<Record<string, GgufValue>>;
  /** Of layer n, after `blk.n.`: name and shape. */
  readonly layer: readonly (readonly [name: string, shape: readonly number[]])[];
}

const GQA = KEY_VALUE_HEADS * HEAD_DIMENSION;
const ATTENTION = [
  ["attn_norm.weight", [DIMENSION]],
  ["attn_q.weight", [DIMENSION, DIMENSION]],
  ["attn_k.weight", [DIMENSION, GQA]],
  ["attn_v.weight", [DIMENSION, GQA]],
  ["attn_output.weight", [DIMENSION, DIMENSION]],
] as const;
const GATED = [
  ["ffn_norm.weight", [DIMENSION]],
  ["ffn_gate.weight", [DIMENSION, FEED_FORWARD]],
  ["ffn_up.weight", [DIMENSION, FEED_FORWARD]],
  ["ffn_down.weight", [FEED_FORWARD, DIMENSION]],
] as const;

export const families: readonly Family[] = [
  {
    title: "Llama 3",
    architecture: "llama",
    vocabulary: bytePairs({
      pre: "llama-bpe",
      numbers: ["12", "30", "42", "253"],
      bos: "<|begin_of_text|>",
      eos: "<|end_of_text|>",
    }),
    tied: true,
    addsBos: true,
    layer: [...ATTENTION, ...GATED],
  },
  {
    title: "Mistral",
    architecture: "llama",
    vocabulary: sentencePieces({ addsSpace: true }),
    tied: false,
    addsBos: true,
    layer: [...ATTENTION, ...GATED],
  },
  {
    title: "Qwen 3",
    architecture: "qwen3",
    vocabulary: bytePairs({ pre: "qwen2", eos: "<|im_end|>" }),
    tied: true,
    addsBos: false,
    layer: [
      ...ATTENTION,
      ["attn_q_norm.weight", [HEAD_DIMENSION]],
      ["attn_k_norm.weight", [HEAD_DIMENSION]],
      ...GATED,
    ],
  },
  {
    title: "Phi",
    architecture: "phi3",
    vocabulary: bytePairs({ pre: "dbrx", numbers: ["12", "30", "42", "253"], eos: "<|endoftext|>" }),
    tied: false,
    addsBos: false,
    more: { "rope.dimension_count": { u32: HEAD_DIMENSION } },
    layer: [
      ["attn_norm.weight", [DIMENSION]],
      ["attn_qkv.weight", [DIMENSION, DIMENSION + 2 * GQA]],
      ["attn_output.weight", [DIMENSION, DIMENSION]],
      ["ffn_norm.weight", [DIMENSION]],
      ["ffn_up.weight", [DIMENSION, 2 * FEED_FORWARD]],
      ["ffn_down.weight", [FEED_FORWARD, DIMENSION]],
    ],
  },
  {
    title: "Gemma 2",
    architecture: "gemma2",
    vocabulary: sentencePieces({ addsSpace: false }),
    tied: true,
    addsBos: true,
    softCap: 3,
    more: {
      "attention.key_length": { u32: HEAD_DIMENSION },
      "attention.value_length": { u32: HEAD_DIMENSION },
      "attention.sliding_window": { u32: 128 },
      attn_logit_softcapping: { f32: 50 },
      final_logit_softcapping: { f32: 3 },
    },
    layer: [
      ...ATTENTION,
      ["post_attention_norm.weight", [DIMENSION]],
      ...GATED,
      ["post_ffw_norm.weight", [DIMENSION]],
    ],
  },
];

export interface FamilyModel {
  readonly file: Buffer;
  /** (V, d): what the hidden state is multiplied with. */
  readonly output: Float32Array;
}

/** A model of the family with random weights; the same seed gives the same file. */
export function randomModel(family: Family, seed = 1): FamilyModel {
  const { architecture, vocabulary, more = {}, title } = family;
  const normal = normals(seed);
  const matrix = (name: string, shape: readonly number[]): GgufTensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    // Norms are near 1, matrices keep the length of what they are multiplied with.
    const weights = name.includes("norm")
      ? Float32Array.from({ length: size }, () => 1 + 0.1 * normal())
      : Float32Array.from({ length: size }, () => normal() / Math.sqrt(shape[0]!));
    return { name, shape, weights };
  };
  const embedding = matrix("token_embd.weight", [DIMENSION, vocabulary.size]);
  const output = family.tied ? embedding : matrix("output.weight", [DIMENSION, vocabulary.size]);
  const layers = Array.from({ length: LAYERS }, (_, n) =>
    family.layer.map(([name, shape]) => matrix(`blk.${n}.${name}`, shape)),
  );
  const tensors = [embedding, matrix("output_norm.weight", [DIMENSION]), ...layers.flat()];
  if (!family.tied) tensors.push(output);
  const own = (entries: Readonly<Record<string, GgufValue>>): Record<string, GgufValue> =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${architecture}.${key}`, value]));
  const metadata = {
    "general.architecture": architecture,
    "general.name": `random ${title}`,
    ...own({
      context_length: { u32: 512 },
      embedding_length: { u32: DIMENSION },
      block_count: { u32: LAYERS },
      feed_forward_length: { u32: FEED_FORWARD },
      "attention.head_count": { u32: HEADS },
      "attention.head_count_kv": { u32: KEY_VALUE_HEADS },
      "attention.layer_norm_rms_epsilon": { f32: 1e-5 },
      "rope.dimension_count": { u32: HEAD_DIMENSION },
      "rope.freq_base": { f32: 10_000 },
      vocab_size: { u32: vocabulary.size },
      ...more,
    }),
    ...vocabulary.metadata,
  };
  return { file: ggufFile(metadata, tensors), output: output.weights };
}

/** Normally distributed numbers by Box and Muller. */
function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
