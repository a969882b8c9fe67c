"""
Judges the language model before there is a head: problems of held-out wordings, greedy decoding in PyTorch.
With tools, every calculation that the model writes is answered by the right result (what an ideal head would do);
without, the model writes the results itself.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Tokenizer

from arithmetic import calculate
from model import Nano, Shape
from tokens import BEGIN, END


class Reader:
    """Greedy decoding, one text at a time, with keys and values computed again: the model is small."""

    def __init__(self, work: Path) -> None:
        saved = torch.load(work / "model.pt" if (work / "model.pt").exists() else work / "checkpoint.pt", weights_only=True)
        self.tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
        shape = Shape(**saved["shape"]) if "shape" in saved else guess(saved["model"], self.tokenizer)
        self.model = Nano(shape)
        self.model.load_state_dict(saved["model"])
        self.model.eval()
        self.begin, self.end = self.tokenizer.token_to_id(BEGIN), self.tokenizer.token_to_id(END)

    @torch.no_grad()
    def next(self, ids: list[int]) -> int:
        hidden = self.model(torch.tensor([ids]))
        return int(self.model.logits(hidden[:, -1]).argmax())

    def encode(self, text: str) -> list[int]:
        return [self.begin, *self.tokenizer.encode(text).ids]

    def answer(self, question: str, tools: bool, limit: int = 120) -> tuple[str, list[tuple]]:
        prompt = f"Q: {question}\nA:"
        text, calls = prompt, []
        for _ in range(limit):
            ids = self.encode(text)
            token = self.next(ids)
            if token == self.end:
                break
            text += self.tokenizer.decode([token])
            if tools and text.endswith("="):
                call = calculate(text[len(prompt) : -1])
                if call is not None:
                    calls.append(call)
                    text += call[2]
        return text[len(prompt) :], calls


def guess(weights: dict, tokenizer: Tokenizer) -> Shape:
    width = weights["embedding.weight"].shape[1]
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
    return Shape(
        vocabulary=tokenizer.get_vocab_size(), width=width, layers=layers, heads=width // 32,
        key_value_heads=width // 64, feed_forward=weights["blocks.0.up.weight"].shape[0],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=".nano")
    parser.add_argument("--problems", required=True, help="JSON lines of {question, answer, calls}")
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--show", type=int, default=8, help="wrong answers to print")
    options = parser.parse_args()
    torch.set_num_threads(1)
    reader = Reader(Path(options.work))
    problems = [json.loads(line) for line in Path(options.problems).read_text().splitlines()][: options.limit]
    figures: Counter = Counter()
    for problem in problems:
        steps = len(problem["calls"])
        with_tools, calls = reader.answer(problem["question"], tools=True)
        alone, _ = reader.answer(problem["question"], tools=False)
        gold = [(call["tool"], call["args"]) for call in problem["calls"]]
        figures[f"{steps} steps"] += 1
        figures[f"{steps} steps, tools right"] += [c[0] for c in calls] == [g[0] for g in gold]
        figures[f"{steps} steps, calls right"] += [c[:2] for c in calls] == gold
        figures[f"{steps} steps, answer with tools"] += closing(with_tools) == problem["answer"]
        figures[f"{steps} steps, answer alone"] += closing(alone) == problem["answer"]
        if closing(with_tools) != problem["answer"] and options.show > 0:
            options.show -= 1
            print(problem["question"], "\n  ->", with_tools, "\n  gold:", gold, problem["answer"])
    for name in sorted(figures):
        print(f"{name}: {figures[name]}")


def closing(text: str) -> str:
    match = re.search(r"answer is (-?[\d.,]*\d)", text)
    return match.group(1).replace(",", "") if match else ""


if __name__ == "__main__":
    main()
