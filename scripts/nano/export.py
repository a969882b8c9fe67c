"""Writes nano's language model as GGUF (Q8_0 and F32), with tokenizer and metadata."""

import argparse
import json
import sys
from pathlib import Path

try:
    import gguf
    import torch
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing: pip install -r scripts/nano/requirements.txt")

from model import Shape
from tokens import BEGIN, END

KINDS = {
    "Q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "F32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
}
BLOCK_NAMES = {
    "attention_norm": "attn_norm",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=".nano", help="folder of model.pt and tokenizer.json")
    parser.add_argument("--out", default=None, help="folder of the GGUF files; default: the work folder")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    options = parser.parse_args()
    work, out = Path(options.work), Path(options.out or options.work)
    out.mkdir(parents=True, exist_ok=True)
    for kind in options.kinds:
        path = out / f"nano-{kind}.gguf"
        write(path, kind, work)
        print(f"{path}: {path.stat().st_size:,} bytes")


def write(path: Path, kind: str, work: Path) -> None:
    saved = torch.load(work / "model.pt", map_location="cpu", weights_only=True)
    shape, summary = Shape(**saved["shape"]), saved["summary"]
    tensor_kind, file_kind = KINDS[kind]
    part = path.with_suffix(".part")
    writer = gguf.GGUFWriter(str(part), "llama")
    writer.add_name("nano")
    writer.add_description(
        "Language model of @toolken/native for generated word problems. It writes calculations and leaves their "
        "results to tools."
    )
    writer.add_author("The @toolken/native project")
    writer.add_license("MIT")
    writer.add_languages(["en"])
    writer.add_string("toolken.training", json.dumps(summary))
    writer.add_file_type(file_kind)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_value_heads)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_vocab_size(shape.vocabulary)
    add_tokenizer(writer, work / "tokenizer.json")
    for name, tensor in saved["model"].items():
        values = tensor.float().numpy()
        # Norms stay in 32 bits, as llama.cpp expects them.
        if values.ndim == 2 and kind != "F32":
            writer.add_tensor(gguf_name(name), gguf.quants.quantize(values, tensor_kind), raw_dtype=tensor_kind)
        else:
            writer.add_tensor(gguf_name(name), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(path)


def gguf_name(name: str) -> str:
    """`blocks.0.query.weight` is `blk.0.attn_q.weight`. The output matrix is the embedding (tied)."""
    if name == "embedding.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _blocks, index, part, _weight = name.split(".")
    return f"blk.{index}.{BLOCK_NAMES[part]}.weight"


def add_tokenizer(writer: "gguf.GGUFWriter", path: Path) -> None:
    content = json.loads(path.read_text())
    vocabulary = sorted(content["model"]["vocab"].items(), key=lambda item: item[1])
    tokens = [token for token, _id in vocabulary]
    special = {BEGIN, END}
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in content["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index(BEGIN))
    writer.add_eos_token_id(tokens.index(END))
    writer.add_eot_token_id(tokens.index(END))
    writer.add_pad_token_id(tokens.index(END))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)


if __name__ == "__main__":
    main()
