"""Trains nano's language model on the corpus of write-corpus.mjs. Started again, it goes on where it stopped."""

import argparse
import json
import math
import os
import re
import sys
import time
from pathlib import Path

# On a busy machine threads that spin while they wait slow each other down tenfold. Read before torch starts.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from tokenizers import Tokenizer
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing: pip install -r scripts/nano/requirements.txt")

from model import Nano, Shape
from muon import Muon
from tokens import BEGIN, ROLES, Corpus, chunks, tokenize, train_tokenizer


def main() -> None:
    options = parse_options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    work = Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = prepare_tokenizer(work, options)
    train = tokenize(work / "corpus" / "train.jsonl", tokenizer, work / "train.npz")
    held_out = tokenize(work / "corpus" / "held-out.jsonl", tokenizer, work / "held-out.npz")

    shape = Shape(
        vocabulary=tokenizer.get_vocab_size(),
        width=options.width,
        layers=options.layers,
        heads=options.width // 32,
        key_value_heads=options.width // 64,
        feed_forward=options.feed_forward,
    )
    model = Nano(shape).to(device)
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if not any(p is matrix for matrix in matrices)]
    optimizers = [
        Muon(matrices, lr=options.rate),
        torch.optim.AdamW(others, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]
    plan = Batches(train, options.batch_tokens, options.seed)
    steps = max(1, round(options.tokens / plan.tokens_per_batch))
    state = {"step": 0, "seconds": 0.0, "tokens": 0, "history": []}
    checkpoint = work / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        for optimizer, kept in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(kept)
        state = saved["state"]
        print(f"goes on at step {state['step']} of {steps}", flush=True)
    if not options.no_compile:
        # Fused element-wise work: 1.5 to 2 times as fast on a CPU, after a minute of compiling.
        for block in model.blocks:
            block.compile(dynamic=True)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters:,} parameters, {len(train):,} texts, {len(train.ids):,} tokens, {steps} steps, {device}", flush=True)

    begin = tokenizer.token_to_id(BEGIN)
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    signs = np.array([re.fullmatch(r"[\d.+*/^(),=-]+", piece) is not None for piece, _id in pieces])
    model.train()
    began, last_save, last_report, running = time.time(), time.time(), time.time(), []
    reported_tokens = state["tokens"]
    while state["step"] < steps:
        step = state["step"]
        rate = options.rate * schedule(step, steps, options.warm_up)
        for group in [group for optimizer in optimizers for group in optimizer.param_groups]:
            group["lr"] = rate
        tokens, weights = plan.batch(step, steps, begin, device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = weighted_loss(model, tokens, weights)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        state["step"] += 1
        state["tokens"] += tokens.numel()
        running.append(loss.item())
        if step % 50 == 49:
            now = time.time()
            speed = (state["tokens"] - reported_tokens) / (now - last_report)
            last_report, reported_tokens = now, state["tokens"]
            print(f"step {step + 1}/{steps} loss {sum(running) / len(running):.4f} {speed:,.0f} tokens/s", flush=True)
        due = step % options.evaluate_every == options.evaluate_every - 1 or step + 1 == steps
        if due:
            with torch.compiler.set_stance("force_eager"):
                figures = evaluate(model, held_out, signs, begin, device)
            figures |= {"step": step + 1, "tokens": state["tokens"], "loss": sum(running) / len(running)}
            running = []
            state["history"].append(figures)
            print(json.dumps({k: round(v, 4) for k, v in figures.items()}), flush=True)
        if due or time.time() - last_save > 180:
            state["seconds"] += time.time() - began
            began = last_save = time.time()
            save(
                checkpoint,
                {
                    "model": model.state_dict(),
                    "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                    "state": state,
                },
            )
    finish(work, model, shape, state, options)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=".nano", help="folder of the corpus, checkpoints and results")
    parser.add_argument("--tokens", type=float, default=16e6, help="tokens to train on, padding included")
    parser.add_argument("--vocabulary", type=int, default=1536)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--feed-forward", type=int, default=640)
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--warm-up", type=int, default=150)
    parser.add_argument("--evaluate-every", type=int, default=500)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--no-compile", action="store_true", help="train without torch.compile (no C++ compiler)")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def prepare_tokenizer(work: Path, options: argparse.Namespace) -> Tokenizer:
    path = work / "tokenizer.json"
    if not path.exists():
        texts = (record["text"] for i, batch in enumerate(chunks(work / "corpus" / "train.jsonl", 4096)) if i < 10 for record in batch)
        train_tokenizer(texts, options.vocabulary).save(str(path))
    return Tokenizer.from_file(str(path))


# Longest text, in tokens, of the first steps.
SHORT = 64


class Batches:
    """Batches of texts of about the same length; which texts step n sees depends on the seed alone."""

    def __init__(self, corpus: Corpus, batch_tokens: int, seed: int) -> None:
        self.corpus, self.seed, self.batch_tokens = corpus, seed, batch_tokens
        self.order: dict[int, list[np.ndarray]] = {}
        self.per_epoch: int | None = None
        self.short: list[np.ndarray] | None = None
        self.lengths = corpus.lengths()
        sample = self.epoch(0)
        self.tokens_per_batch = sum(len(b) * self.longest(b) for b in sample) / len(sample)

    def epoch(self, number: int) -> list[np.ndarray]:
        if number not in self.order:
            rng = np.random.default_rng([self.seed, number])
            lengths = self.lengths
            # Texts shuffle, then sort by length with some noise, so that batches differ between epochs.
            order = np.argsort(lengths + rng.uniform(0, 12, len(lengths)), kind="stable")
            batches, at = [], 0
            while at < len(order):
                take = max(1, self.batch_tokens // int(lengths[order[min(len(order) - 1, at + 8)]] + 8))
                batches.append(order[at : at + take])
                at += take
            rng.shuffle(batches)
            self.order = {number: batches}
        return self.order[number]

    def longest(self, batch: np.ndarray) -> int:
        return -(-int(self.lengths[batch].max()) // 16) * 16

    def batch(self, step: int, steps: int, filler: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """The first tenth of the steps takes short texts: copying, which all else rests on, is learnt there."""
        if self.per_epoch is None:
            self.per_epoch = len(self.epoch(0))
        batches = self.epoch(step // self.per_epoch)
        texts = batches[step % self.per_epoch % len(batches)]
        if step < steps // 10:
            if self.short is None:
                self.short = [b for b in self.epoch(0) if self.longest(b) <= SHORT]
            texts = self.short[step % len(self.short)] if self.short else texts
        return padded(self.corpus, texts, filler, device)[:2]


def padded(corpus: Corpus, texts, filler: int, device: torch.device):
    """Tokens, weights and roles, (B, T), padded after with weight 0."""
    length = -(-int(corpus.lengths()[texts].max()) // 16) * 16
    tokens = np.full((len(texts), length), filler, dtype=np.int64)
    weights = np.zeros((len(texts), length), dtype=np.float32)
    roles = np.full((len(texts), length), 255, dtype=np.uint8)
    for row, text in enumerate(texts):
        span = slice(corpus.starts[text], corpus.starts[text + 1])
        size = span.stop - span.start
        tokens[row, :size], weights[row, :size], roles[row, :size] = corpus.ids[span], corpus.weights[span], corpus.roles[span]
    return torch.from_numpy(tokens).to(device), torch.from_numpy(weights).to(device), roles


def weighted_loss(model: Nano, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean of the next tokens' losses by their weights. Only steps that weigh anything reach the vocabulary."""
    hidden = model(tokens[:, :-1])
    targets, weights = tokens[:, 1:], weights[:, 1:]
    counted = weights > 0
    losses = F.cross_entropy(model.logits(hidden[counted]).float(), targets[counted], reduction="none")
    return (losses * weights[counted]).sum() / weights[counted].sum()


def schedule(step: int, steps: int, warm_up: int) -> float:
    """Linear warm-up, cosine to a twentieth."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


@torch.no_grad()
def evaluate(model: Nano, held_out: Corpus, signs: np.ndarray, begin: int, device: torch.device, texts: int = 400) -> dict[str, float]:
    """
    On held-out wordings: share of calls whose arguments are copied exactly, and of answers whose every digit and
    sign (but the results') is the model's first choice after the right words. Words are not judged: held-out
    answers use words that the model has not seen.
    """
    model.eval()
    chosen = np.arange(len(held_out))[:texts]
    right = {"arguments": [], "answer": []}
    losses, weight_sum = 0.0, 0.0
    for batch in np.array_split(chosen[np.argsort(held_out.lengths()[chosen])], max(1, texts // 25)):
        tokens, weights, roles = padded(held_out, batch, begin, device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = model.logits(model(tokens[:, :-1])).float()
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none").view(len(batch), -1)
        losses += (loss * weights[:, 1:]).sum().item()
        weight_sum += weights[:, 1:].sum().item()
        hits = (logits.argmax(-1) == tokens[:, 1:]).cpu().numpy()
        for row, text in enumerate(batch):
            name = "arguments" if held_out.tool_mode[text] else "answer"
            judged = roles[row, 1:] == ROLES.index(name)
            if name == "answer":
                judged &= signs[tokens[row, 1:].cpu().numpy()]
            right[name].append(bool(hits[row][judged].all()))
    model.train()
    return {
        "held_out_loss": losses / weight_sum,
        "arguments_exact": float(np.mean(right["arguments"])),
        "calculations_exact": float(np.mean(right["answer"])),
    }


def save(path: Path, content: dict) -> None:
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)


def finish(work: Path, model: Nano, shape: Shape, state: dict, options: argparse.Namespace) -> None:
    summary = {
        "tokens": state["tokens"],
        "steps": state["step"],
        "minutes": round(state["seconds"] / 60, 1),
        "batch_tokens": options.batch_tokens,
        "rate": options.rate,
        "seed": options.seed,
        **state["history"][-1],
    }
    save(work / "model.pt", {"model": model.state_dict(), "shape": shape.as_dict(), "summary": summary})
    (work / "history.json").write_text(json.dumps(state["history"], indent=1))
    plot(work / "training.png", state["history"])
    print(f"wrote {work / 'model.pt'}", flush=True)


def plot(path: Path, history: list[dict]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    tokens = [figures["tokens"] / 1e6 for figures in history]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    left.plot(tokens, [f["loss"] for f in history], label="training")
    left.plot(tokens, [f["held_out_loss"] for f in history], label="held-out wordings")
    left.set(xlabel="million tokens", ylabel="loss", yscale="log")
    right.plot(tokens, [f["arguments_exact"] for f in history], label="arguments exact")
    right.plot(tokens, [f.get("calculations_exact", float("nan")) for f in history], label="calculations exact")
    right.set(xlabel="million tokens", ylabel="share", ylim=(0, 1))
    left.legend()
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
