"""Writes token ids and last logits of a few texts as PyTorch computes them, for check-gguf.mjs."""

import argparse
import json
from itertools import islice
from pathlib import Path

import torch

from evaluate import Reader
from tokens import chunks


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=".nano")
    parser.add_argument("--texts", type=int, default=25)
    options = parser.parse_args()
    work = Path(options.work)
    reader = Reader(work)
    records = islice(next(chunks(work / "corpus" / "held-out.jsonl", 256)), options.texts)
    references = []
    for text in [record["text"] for record in records] + ["It's 5% of €9, naïve  text\n\n\tSo"]:
        ids = reader.encode(text)
        logits = reader.model.logits(reader.model(torch.tensor([ids]))[0, -1])
        references.append({"text": text, "ids": ids, "logits": [round(x, 5) for x in logits.tolist()]})
    (work / "reference.json").write_text(json.dumps(references))


if __name__ == "__main__":
    main()
