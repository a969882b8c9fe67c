"""Decoding, the feature pass and many sequences on a GPU, through toolken-core alone: no Node is needed there.

Compares with llama.cpp's own loop on the same card and with what the card's memory bandwidth allows, rivals taking
turns; prints a table and writes the raw numbers. Needs Python 3.10, and for a build git, CMake and the CUDA toolkit.

    python bench/gpu/run.py --architecture 90 --llama LLAMA --model MODEL.gguf --out bench/results/gpu-h100.json
    python bench/gpu/run.py --core build/core/toolken-core --backends DIR --gpu vulkan --model MODEL.gguf

--architecture builds native/core and llama.cpp with CUDA for one compute capability. LLAMA is llama.cpp's source
folder, or the git bundle that node-llama-cpp brings (node_modules/node-llama-cpp/llama/gitRelease.bundle).
--core takes a program that is built already, with backends of other folders.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WIDTHS = (1, 2, 4, 8, 16, 32)
TOOLS = (13, 1000, 10_000, 50_000)
F32_BYTES = 4 * 2**20  # F32 rows up to here, F16 above, as the library chooses


class Core:
    def __init__(self, program: str, model: str, gpu: str, backends: list[str], threads: int):
        folders = [word for folder in backends for word in ("--backends", folder)]
        self.threads = threads
        self.process = subprocess.Popen(
            [program, model, "--gpu", gpu, *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str) -> dict:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The program ended at: {command}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{answer['error']} ({command})")
        return answer

    def open(self, name: str, kind: str, **settings) -> None:
        settings = {"threads": self.threads, **settings}
        self.ask(" ".join(["open", name, kind, *(f"{key}={value}" for key, value in settings.items())]))

    def rate(self, name: str, units: int) -> float:
        turn = self.ask(f"turn {name} {units}")
        return turn["units"] / turn["seconds"]

    def close(self, *names: str) -> None:
        for name in names:
            self.ask(f"close {name}")


def quantile(values: list[float], share: float) -> float:
    values = sorted(values)
    at = share * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (at - below)


def measured(name: str, rates: list[float], rival: list[float]) -> dict:
    ratios = [rate / other for rate, other in zip(rates, rival)]
    return {
        "name": name,
        "rates": [float(f"{rate:.5g}") for rate in rates],
        "medianRate": float(f"{statistics.median(rates):.5g}"),
        "ratio": float(f"{statistics.median(ratios):.5g}"),
        "ratioRange": [float(f"{quantile(ratios, share):.5g}") for share in (0.25, 0.75)],
    }


def interleave(variants: dict, repetitions: int) -> list[dict]:
    """Variants take turns, the first is the rival; a round before the counted ones warms up."""
    rates = {name: [] for name in variants}
    for repetition in range(-1, repetitions):
        order = list(variants.items())
        for name, measure in order if repetition % 2 == 0 else reversed(order):
            rate = measure()
            if repetition >= 0:
                rates[name].append(rate)
    rival = next(iter(rates.values()))
    return [measured(name, each, rival) for name, each in rates.items()]


def decode(core: Core, facts: dict, a: argparse.Namespace) -> list[dict]:
    core.open("llama", "llama")
    core.open("plain", "toolken")
    core.open("bandwidth", "bandwidth", rows=a.rows)
    variants = {
        "llama.cpp": lambda: core.rate("llama", a.tokens),
        "no head": lambda: core.rate("plain", a.tokens),
    }
    opened = ["llama", "plain"]
    for tools in TOOLS if not a.quick else TOOLS[:1]:
        kind = "f32" if 4 * tools * facts["embeddingLength"] <= F32_BYTES else "f16"
        name = f"head{tools}"
        core.open(name, "toolken", tools=tools, type=kind)
        opened.append(name)
        variants[f"K = {tools:,}"] = lambda name=name: core.rate(name, a.tokens)
    rounds = interleave(variants, a.repetitions)
    # Every token reads all weights once: the bandwidth by their size is what no loop can exceed.
    limit = [core.rate("bandwidth", 4) / facts["modelBytes"] for _ in range(a.repetitions + 1)][1:]
    bound = measured("limit of the memory bandwidth", limit, rounds[0]["rates"])
    core.close("bandwidth", *opened)
    return [
        {
            "name": "decode",
            "what": f"tokens per second, greedy, one sequence, turns of {a.tokens} tokens",
            "rival": "llama.cpp's greedy loop in C++, sampler on the host",
            "measured": [*rounds, bound],
        }
    ]


def parallel(core: Core, a: argparse.Namespace) -> list[dict]:
    results = []
    for width in WIDTHS if not a.quick else WIDTHS[:2]:
        core.open("llama", "llama", sequences=width)
        core.open("toolken", "toolken", sequences=width, tools=13)
        rounds = interleave(
            {
                "llama.cpp": lambda: core.rate("llama", a.tokens),
                "K = 13": lambda: core.rate("toolken", a.tokens),
            },
            a.repetitions,
        )
        core.close("llama", "toolken")
        results.append(
            {
                "name": f"parallel, {width}",
                "what": f"tokens per second, greedy, {width} sequences",
                "rival": "llama.cpp's batched greedy decode, a stream of KV cells per sequence",
                "measured": rounds,
            }
        )
    return results


def features(core: Core, a: argparse.Namespace) -> list[dict]:
    texts = 8 if a.quick else 40
    core.open("prefill", "prefill", texts=texts)
    core.open("all", "features", texts=texts)
    core.open("half", "features", texts=texts, **{"from": 50})
    rounds = interleave(
        {
            "prefill with all logits": lambda: core.rate("prefill", 1),
            "feature pass, every step": lambda: core.rate("all", 1),
            "feature pass, second half of each text": lambda: core.rate("half", 1),
        },
        a.repetitions,
    )
    core.close("prefill", "all", "half")
    return [
        {
            "name": "features",
            "what": f"text tokens per second, {texts} texts",
            "rival": "llama_decode of the same texts with every token's logits",
            "measured": rounds,
        }
    ]


def build(a: argparse.Namespace) -> str:
    source = pathlib.Path(a.llama).resolve()
    if source.is_file():
        target = ROOT / "build" / "llama.cpp-gpu"
        if not target.exists():
            subprocess.run(["git", "clone", "--quiet", str(source), str(target)], check=True)
        source = target
    folder = ROOT / "build" / f"core-cuda-{a.architecture}"
    settings = [
        "-DTOOLKEN_ADDON=OFF",
        "-DTOOLKEN_CLI=ON",
        "-DTOOLKEN_LLAMA_SOURCE=ON",
        f"-DTOOLKEN_LLAMA_SOURCE_DIR={source}",
        "-DGGML_CUDA=ON",
        f"-DCMAKE_CUDA_ARCHITECTURES={a.architecture}",
    ]
    subprocess.run(["cmake", "-S", str(ROOT), "-B", str(folder), *settings], check=True)
    subprocess.run(["cmake", "--build", str(folder), "--parallel", str(os.cpu_count() or 1)], check=True)
    return str(folder / "toolken-core")


def environment(facts: dict, a: argparse.Namespace) -> dict:
    digest = hashlib.sha256()
    with open(a.model, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return {
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python", *sys.argv]),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "card": card()},
        "devices": [{"description": facts["device"], "backend": facts["backend"]}],
        "versions": {"llama": facts["llama"], "python": platform.python_version()},
        "model": {
            "file": pathlib.Path(a.model).name,
            "fingerprint": digest.hexdigest(),
            "name": facts["name"],
            "quantization": facts["quantization"],
            "backend": facts["backend"],
            "bytes": facts["modelBytes"],
        },
    }


def processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def card() -> str | None:
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def show(results: list[dict]) -> None:
    for result in results:
        print(f"\n{result['name']}: {result['what']}\nrival: {result['rival']}")
        for row in result["measured"]:
            low, high = row["ratioRange"]
            print(f"  {row['name']:42} {row['medianRate']:12.5g}   × {row['ratio']:.3f}   ({low:.3f}…{high:.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", help="CUDA compute capability without the dot, e.g. 90: builds with CUDA")
    parser.add_argument("--llama", help="llama.cpp's sources or their git bundle, for a build")
    parser.add_argument("--core", help="a toolken-core that is built already")
    parser.add_argument("--backends", action="append", default=[], help="folder with ggml backends, for --core")
    parser.add_argument("--gpu", default="cuda", choices=("cuda", "vulkan", "metal", "cpu"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--parts", nargs="*", default=["decode", "parallel", "features"])
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rows", type=int, default=131_072, help="rows of 8 KiB that the bandwidth is measured on")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out")
    a = parser.parse_args()
    if (a.core is None) == (a.architecture is None):
        parser.error("Expected --architecture for a build with CUDA, or --core")
    if a.core is None and a.llama is None:
        parser.error("Expected --llama with --architecture")
    program = a.core or build(a)
    core = Core(program, a.model, a.gpu, a.backends, a.threads)
    facts = core.ask("facts")
    print(f"{facts['name']} {facts['quantization']} on {facts['device']} ({facts['backend']})")
    report = {**environment(facts, a), "results": []}
    parts = {
        "decode": lambda: decode(core, facts, a),
        "parallel": lambda: parallel(core, a),
        "features": lambda: features(core, a),
    }
    for name in a.parts:
        results = parts[name]()
        show(results)
        report["results"] += results
        if a.out:
            pathlib.Path(a.out).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
