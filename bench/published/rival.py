"""The published way of working, for the comparison only: a head beside a transformers model, in PyTorch.

Generation runs the whole text through the model again for every token, without a KV cache (ToolkenGPT's
`FunctionLM.generate`). Training runs the frozen model over every text in every epoch with all its logits, joins the
head's, and updates the head by Adam.

Reads commands from standard input and answers each with a line of JSON, as toolken-core does, so that the
benchmark can let rivals take turns:

    begin generate          the prompt again
    turn generate N         N more tokens
    turn train N            N texts, an update for each

    python rival.py MODEL.gguf --prompt TOKENS --texts TEXTS [--tools 13] [--dtype float32] [--threads 2]

TOKENS: a line of token ids. TEXTS: lines of JSON, {"tokens": […], "targets": […]}; a target is the id of the next
token, vocabulary + k for tool k, or -100 where nothing is to be learnt.
"""

import argparse
import json
import os
import sys
import time

import torch
import transformers

from llama_from_gguf import load

ADAM_RATE = 1e-3


class Rival:
    def __init__(self, a: argparse.Namespace):
        self.model = load(a.model, getattr(torch, a.dtype))
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.head = torch.nn.Linear(self.model.config.hidden_size, a.tools, bias=False)
        torch.nn.init.normal_(self.head.weight, std=0.002)
        self.optimizer = torch.optim.Adam(self.head.parameters(), lr=ADAM_RATE)
        self.prompt = [int(word) for word in open(a.prompt).read().split()] if a.prompt else []
        self.texts = [json.loads(line) for line in open(a.texts)] if a.texts else []
        self.tokens = list(self.prompt)
        self.next_text = 0

    def begin_generate(self):
        self.tokens = list(self.prompt)
        return len(self.tokens)

    @torch.inference_mode()
    def generate(self, n: int) -> int:
        for _ in range(n):
            # All positions again: no past_key_values.
            out = self.model(torch.tensor([self.tokens]), output_hidden_states=True, use_cache=False)
            h = out.hidden_states[-1][:, -1].float()
            joint = torch.cat([out.logits[:, -1].float(), self.head(h)], dim=-1)
            best = int(joint.argmax())
            # The head is not trained here: a tool that wins by chance counts as the best token.
            self.tokens.append(best if best < out.logits.shape[-1] else int(out.logits[0, -1].argmax()))
        return n

    def train(self, n: int) -> int:
        tokens = 0
        for _ in range(n):
            text = self.texts[self.next_text % len(self.texts)]
            self.next_text += 1
            with torch.no_grad():
                out = self.model(torch.tensor([text["tokens"]]), output_hidden_states=True, use_cache=False)
                h, logits = out.hidden_states[-1].float(), out.logits.float()
            joint = torch.cat([logits, self.head(h)], dim=-1)
            loss = torch.nn.functional.cross_entropy(joint[0], torch.tensor(text["targets"]), ignore_index=-100)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            tokens += len(text["tokens"])
        return tokens


def obey(rival: Rival, words: list[str]):
    if words[0] == "facts":
        return {
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            "threads": torch.get_num_threads(),
            "text": rival.tokens[len(rival.prompt) :],
        }
    start = time.perf_counter()
    if words == ["begin", "generate"]:
        units = rival.begin_generate()
    elif words[:2] == ["turn", "generate"]:
        units = rival.generate(int(words[2]))
    elif words[:2] == ["turn", "train"]:
        units = rival.train(int(words[2]))
    else:
        return {"error": f"Expected facts, begin or turn but received {' '.join(words)}", "code": "USAGE"}
    return {"seconds": time.perf_counter() - start, "units": units}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--prompt")
    parser.add_argument("--texts")
    parser.add_argument("--tools", type=int, default=13)
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    rival = Rival(a)
    for line in sys.stdin:
        print(json.dumps(obey(rival, line.split())), flush=True)


if __name__ == "__main__":
    main()
