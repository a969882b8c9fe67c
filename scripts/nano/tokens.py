"""The tokenizer (byte-level BPE, every digit a token of its own) and the tokenized corpus."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

BEGIN, END = "<|begin|>", "<|end|>"

# Loss per role. Numbers of a question and results of a calculation cannot be foreseen: they weigh little, so
# that the model writes plausible digits without spending itself on them.
WEIGHTS = {
    "reasoning": {"context": 0.05, "question": 0.1, "answer": 1.0, "result": 0.1},
    "tool": {"context": 0.05, "question": 0.02, "answer": 0.2, "result": 0.1, "arguments": 1.0},
}


def train_tokenizer(texts, vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    # Punctuation stands alone while merges are learnt, so that none joins "=" to what follows: a result must
    # begin at the border of a token. At use the splits are those of llama.cpp's "smollm".
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return as_used(tokenizer)


def as_used(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@dataclass
class Corpus:
    """Texts one after the other: ids and loss weights (N,), starts (texts + 1,), roles as small numbers."""

    ids: np.ndarray
    weights: np.ndarray
    roles: np.ndarray
    starts: np.ndarray
    tool_mode: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)


ROLES = ["context", "question", "answer", "result", "arguments"]


def tokenize(path: Path, tokenizer: Tokenizer, cache: Path | None = None) -> Corpus:
    if cache is not None and cache.exists():
        loaded = np.load(cache)
        return Corpus(*(loaded[name] for name in ("ids", "weights", "roles", "starts", "tool_mode")))
    begin, end = tokenizer.token_to_id(BEGIN), tokenizer.token_to_id(END)
    ids, weights, roles, starts, tool_mode = [], [], [], [0], []
    for records in chunks(path, 4096):
        encoded = tokenizer.encode_batch([record["text"] for record in records], add_special_tokens=False)
        for record, encoding in zip(records, encoded):
            role_of = np.zeros(len(record["text"]) + 1, dtype=np.uint8)
            for start, stop, role in record["spans"]:
                role_of[start:stop] = ROLES.index(role)
            at = np.array([offset[0] for offset in encoding.offsets])
            table = np.array([WEIGHTS[record["mode"]].get(role, 0.0) for role in ROLES], dtype=np.float32)
            text_roles = role_of[at]
            closing = [end] if record["mode"] == "reasoning" else []
            ids.append(np.array([begin, *encoding.ids, *closing], dtype=np.uint16))
            weights.append(np.array([0.0, *table[text_roles], *[1.0 for _ in closing]], dtype=np.float16))
            roles.append(np.array([0, *text_roles, *[2 for _ in closing]], dtype=np.uint8))
            starts.append(starts[-1] + len(ids[-1]))
            tool_mode.append(record["mode"] == "tool")
    corpus = Corpus(
        np.concatenate(ids), np.concatenate(weights), np.concatenate(roles), np.array(starts), np.array(tool_mode)
    )
    if cache is not None:
        np.savez(cache, **vars(corpus))
    return corpus


def chunks(path: Path, size: int):
    records = []
    with path.open() as lines:
        for line in lines:
            records.append(json.loads(line))
            if len(records) == size:
                yield records
                records = []
    if records:
        yield records
