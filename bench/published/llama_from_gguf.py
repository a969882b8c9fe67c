"""A transformers Llama model with the weights of a GGUF file, dequantized: the same numbers as llama.cpp reads."""

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from transformers import LlamaConfig, LlamaForCausalLM

LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OTHERS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def load(path: str, dtype: torch.dtype) -> LlamaForCausalLM:
    reader = GGUFReader(path)

    def fact(name: str, otherwise=None):
        field = reader.fields.get(f"llama.{name}")
        return otherwise if field is None else field.contents()

    architecture = reader.fields["general.architecture"].contents()
    if architecture != "llama":
        raise SystemExit(f"Expected a model of architecture llama but received {architecture}")
    heads = fact("attention.head_count")
    weights = {tensor.name: tensor for tensor in reader.tensors}
    config = LlamaConfig(
        hidden_size=fact("embedding_length"),
        intermediate_size=fact("feed_forward_length"),
        num_hidden_layers=fact("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=fact("attention.head_count_kv", heads),
        vocab_size=int(weights["token_embd.weight"].shape[1]),
        max_position_embeddings=fact("context_length"),
        rms_norm_eps=fact("attention.layer_norm_rms_epsilon"),
        rope_theta=fact("rope.freq_base", 10000.0),
        tie_word_embeddings="output.weight" not in weights,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    state = {}
    for name, tensor in weights.items():
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        state[renamed(name)] = torch.from_numpy(rotary_order(name, values, config).copy()).to(dtype)
    if config.tie_word_embeddings:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, assign=True)
    model.tie_weights()
    # Buffers that no file holds were made without values.
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    return model.eval()


def renamed(name: str) -> str:
    if name in OTHERS:
        return OTHERS[name]
    _, layer, kind, _ = name.split(".")
    return f"model.layers.{layer}.{LAYER[kind]}.weight"


def rotary_order(name: str, values: np.ndarray, config: LlamaConfig) -> np.ndarray:
    """GGUF keeps the rows of q and k in pairs (x0, y0, x1, y1, …), transformers in halves (x0, x1, …, y0, y1, …)."""
    if ".attn_q." in name:
        heads = config.num_attention_heads
    elif ".attn_k." in name:
        heads = config.num_key_value_heads
    else:
        return values
    rows = values.shape[0] // heads
    return values.reshape(heads, rows // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)
