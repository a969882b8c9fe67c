"""Writes a GGUF model of a real shape with random weights: for measuring ratios at sizes that nobody has to download.

    python bench/models/random_model.py --like 1b --layers 16 --type q4_0 --tokenizer nano.gguf OUT.gguf

The tokenizer is another model's, filled up with unused tokens to the shape's vocabulary.
"""

import argparse

import gguf
import numpy as np

# Layers, hidden size, feed-forward size, heads, key-value heads, vocabulary, as of Llama 3.
SHAPES = {
    "1b": (16, 2048, 8192, 32, 8, 128_256),
    "3b": (28, 3072, 8192, 24, 8, 128_256),
    "8b": (32, 4096, 14_336, 32, 8, 128_256),
}
TYPES = {"q4_0": gguf.GGMLQuantizationType.Q4_0, "q8_0": gguf.GGMLQuantizationType.Q8_0}
BLOCK = 32


def random_blocks(random: np.random.Generator, rows: int, columns: int, kind: str) -> np.ndarray:
    """Quantized rows, bytes: an F16 scale and 32 values per block. Scales keep activations near their size."""
    blocks = rows * columns // BLOCK
    spread = 1.0 / np.sqrt(columns)
    levels = {"q4_0": 4.6, "q8_0": 74.0}[kind]  # standard deviation of uniform levels
    scale = np.full((blocks, 1), spread / levels, np.float16).view(np.uint8)
    size = {"q4_0": BLOCK // 2, "q8_0": BLOCK}[kind]
    values = random.integers(0, 256, (blocks, size), np.uint8)
    return np.concatenate([scale, values], axis=1).reshape(rows, -1)


def copy_tokenizer(writer: gguf.GGUFWriter, path: str, size: int) -> None:
    fields = gguf.GGUFReader(path).fields
    tokens = list(fields["tokenizer.ggml.tokens"].contents())
    if len(tokens) > size:
        raise SystemExit(f"The tokenizer has {len(tokens)} tokens, the shape {size}")
    missing = size - len(tokens)
    writer.add_tokenizer_model(fields["tokenizer.ggml.model"].contents())
    if "tokenizer.ggml.pre" in fields:
        writer.add_tokenizer_pre(fields["tokenizer.ggml.pre"].contents())
    writer.add_token_list(tokens + [f"<unused_{i}>" for i in range(missing)])
    unused = [gguf.TokenType.UNUSED] * missing
    if "tokenizer.ggml.token_type" in fields:
        writer.add_token_types(list(fields["tokenizer.ggml.token_type"].contents()) + unused)
    else:
        writer.add_token_types([gguf.TokenType.NORMAL] * len(tokens) + unused)
    if "tokenizer.ggml.scores" in fields:
        writer.add_token_scores(list(fields["tokenizer.ggml.scores"].contents()) + [0.0] * missing)
    if "tokenizer.ggml.merges" in fields:
        writer.add_token_merges(list(fields["tokenizer.ggml.merges"].contents()))
    for name, add in (
        ("bos_token_id", writer.add_bos_token_id),
        ("eos_token_id", writer.add_eos_token_id),
        ("add_bos_token", writer.add_add_bos_token),
    ):
        if f"tokenizer.ggml.{name}" in fields:
            add(fields[f"tokenizer.ggml.{name}"].contents())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--like", choices=SHAPES, required=True)
    parser.add_argument("--layers", type=int, help="default: as many as the shape has")
    parser.add_argument("--type", choices=TYPES, default="q4_0")
    parser.add_argument("--tokenizer", required=True, help="a GGUF model")
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    layers, d, ff, heads, kv_heads, vocabulary = SHAPES[a.like]
    layers = a.layers or layers
    random = np.random.default_rng(a.seed)
    writer = gguf.GGUFWriter(a.out, "llama")
    writer.add_name(f"random {a.like}, {layers} layers")
    writer.add_context_length(8192)
    writer.add_embedding_length(d)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(ff)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500_000.0)
    writer.add_rope_dimension_count(d // heads)
    writer.add_vocab_size(vocabulary)
    writer.add_file_type({"q4_0": gguf.LlamaFileType.MOSTLY_Q4_0, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}[a.type])
    copy_tokenizer(writer, a.tokenizer, vocabulary)

    def matrix(name: str, rows: int, columns: int) -> None:
        writer.add_tensor(name, random_blocks(random, rows, columns, a.type), raw_dtype=TYPES[a.type])

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(d, np.float32))

    kv = kv_heads * (d // heads)
    matrix("token_embd.weight", vocabulary, d)
    norm("output_norm.weight")
    matrix("output.weight", vocabulary, d)
    for layer in range(layers):
        at = f"blk.{layer}."
        norm(at + "attn_norm.weight")
        matrix(at + "attn_q.weight", d, d)
        matrix(at + "attn_k.weight", kv, d)
        matrix(at + "attn_v.weight", kv, d)
        matrix(at + "attn_output.weight", d, d)
        norm(at + "ffn_norm.weight")
        matrix(at + "ffn_gate.weight", ff, d)
        matrix(at + "ffn_up.weight", ff, d)
        matrix(at + "ffn_down.weight", d, ff)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
