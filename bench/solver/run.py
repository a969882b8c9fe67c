"""Times the solver against scipy on one problem, in turns (a shared machine is noisy); prints a JSON document.

    python -m venv .venv && .venv/bin/pip install -r bench/solver/requirements.txt
    .venv/bin/python bench/solver/run.py --out bench/results/solver.json
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import numpy
import scipy

HERE = pathlib.Path(__file__).parent
CORE = HERE.parent.parent / "native"
SOURCES = ["lbfgs", "solver", "softmax_loss", "softmax_kernels", "worker_pool"]


def line(command: list[str], threads: int):
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prefix", help="files of an existing problem; default: a new one by problem.py")
    parser.add_argument("--steps", type=int, default=40_500)
    parser.add_argument("--dimension", type=int, default=576)
    parser.add_argument("--tools", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--l2", type=float, default=1e-4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="*", default=["float32", "float64"])
    parser.add_argument("--out")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/solver_bench"
        sources = [str(HERE / "solver_bench.cpp"), *(str(CORE / "core" / f"{name}.cpp") for name in SOURCES)]
        compiler = os.environ.get("CXX", "c++")
        subprocess.run([compiler, "-std=c++20", "-O3", f"-I{CORE}", *sources, "-o", program, "-pthread"], check=True)
        prefix, shape = a.prefix, ["--dimension", str(a.dimension), "--tools", str(a.tools)]
        if prefix is None:
            prefix = f"{folder}/problem"
            subprocess.run([sys.executable, HERE / "problem.py", prefix, "--steps", str(a.steps), *shape], check=True)
        ours = [program, prefix, str(a.dimension), str(a.tools), str(a.threads), str(a.l2)]
        scipys = {
            f"scipy {kind}": [sys.executable, str(HERE / "reference.py"), prefix, *shape, "--l2", str(a.l2), "--kind", kind]
            for kind in a.kinds
        }
        runs: dict[str, list] = {}
        for _ in range(a.rounds):
            for name, command in {"solve_lbfgs": ours, **scipys}.items():
                runs.setdefault(name, []).append(line(command, a.threads))
    document = {
        "date": datetime.date.today().isoformat(),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "load": os.getloadavg()},
        "versions": {"python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__},
        "command": " ".join(["python", *sys.argv]),
        "medianSeconds": {name: statistics.median(run["seconds"] for run in each) for name, each in runs.items()},
        "medianProcessorSeconds": {
            name: statistics.median(run["processorSeconds"] for run in each) for name, each in runs.items()
        },
        "runs": runs,
    }
    text = json.dumps(document, indent=2)
    print(text)
    if a.out:
        pathlib.Path(a.out).write_text(text + "\n")


def processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(entry.split(":")[1].strip() for entry in lines if entry.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


if __name__ == "__main__":
    main()
