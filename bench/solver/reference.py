"""The same optimum by scipy's L-BFGS-B, for bench/solver/run.py. Prints one JSON line."""

import argparse
import json
import time

import numpy as np
from scipy.optimize import minimize


def solve(prefix: str, dimension: int, tools: int, l2: float, iterations: int, kind: str, tolerance: float):
    h = np.fromfile(f"{prefix}.h", np.float32).reshape(-1, dimension).astype(kind)
    lse = np.fromfile(f"{prefix}.lse", np.float32).astype(kind)
    target = np.fromfile(f"{prefix}.target", np.int32)
    y = np.fromfile(f"{prefix}.y", np.float32)
    tool_steps = np.flatnonzero(target >= 0)
    tool_targets = target[tool_steps]
    token_logits = y[target < 0].sum(dtype=np.float64)
    steps = len(h)
    evaluations = 0

    def loss_and_gradient(w):
        nonlocal evaluations
        evaluations += 1
        z = h @ w.reshape(tools, dimension).astype(kind).T
        top = np.maximum(z.max(axis=1), lse)
        own = z[tool_steps, tool_targets].sum(dtype=np.float64)
        np.exp(z - top[:, None], out=z)
        total = z.sum(axis=1) + np.exp(lse - top)
        joint = (top + np.log(total)).sum(dtype=np.float64)
        z /= total[:, None]
        z[tool_steps, tool_targets] -= 1
        gradient = (z.T @ h).astype(np.float64).ravel() / steps + l2 * w
        return (joint - own - token_logits) / steps + 0.5 * l2 * (w @ w), gradient

    start, busy = time.perf_counter(), time.process_time()
    found = minimize(
        loss_and_gradient,
        np.zeros(tools * dimension),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "ftol": tolerance, "gtol": 1e-9, "maxfun": 10 * iterations},
    )
    return {
        "loss": found.fun,
        "iterations": found.nit,
        "evaluations": evaluations,
        "seconds": time.perf_counter() - start,
        "processorSeconds": time.process_time() - busy,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix")
    parser.add_argument("--dimension", type=int, default=576)
    parser.add_argument("--tools", type=int, default=13)
    parser.add_argument("--l2", type=float, default=1e-4)
    parser.add_argument("--iterations", type=int, default=160)
    parser.add_argument("--kind", choices=("float32", "float64"), default="float32")
    parser.add_argument("--tolerance", type=float, default=1e-9, help="relative decrease of the loss at which to stop")
    a = parser.parse_args()
    print(json.dumps(solve(a.prefix, a.dimension, a.tools, a.l2, a.iterations, a.kind, a.tolerance)))
