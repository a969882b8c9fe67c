"""Makes a training problem of the shape of a language model's: correlated hidden states, rare tool steps.

Writes PREFIX.h (N, d) float32, PREFIX.lse (N) float32, PREFIX.target (N) int32, PREFIX.y (N) float32, row-major.
"""

import argparse

import numpy as np


def make(steps: int, dimension: int, tools: int, tool_share: float, seed: int):
    random = np.random.default_rng(seed)
    # Spectrum and norms as measured on SmolLM2-135M (d = 576, norms of 40 to 55): one direction carries half of
    # the energy, the rest falls off like a power law.
    spread = 30.0 / np.arange(1, dimension + 1) ** 0.9
    basis, _ = np.linalg.qr(random.standard_normal((dimension, dimension)))
    h = (random.standard_normal((steps, dimension)) * spread).astype(np.float32) @ basis.astype(np.float32)
    h += (32.0 * basis[0]).astype(np.float32)
    target = np.where(random.random(steps) < tool_share, random.integers(0, tools, steps), -1).astype(np.int32)
    fires = target >= 0
    # All tool steps share a direction (a computed number is due); each tool has one of its own besides.
    marks = random.standard_normal((tools + 1, dimension)).astype(np.float32)
    marks *= 14.0 / np.linalg.norm(marks, axis=1, keepdims=True)
    h[fires] += marks[target[fires]] + marks[tools]
    lse = np.clip(random.normal(22, 6, steps), 5, 45).astype(np.float32)
    y = (lse - random.gamma(0.7, 2.5, steps)).astype(np.float32)
    return h, lse, target, y


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix")
    parser.add_argument("--steps", type=int, default=40_500)
    parser.add_argument("--dimension", type=int, default=576)
    parser.add_argument("--tools", type=int, default=13)
    parser.add_argument("--tool-share", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    arrays = make(a.steps, a.dimension, a.tools, a.tool_share, a.seed)
    for name, array in zip(("h", "lse", "target", "y"), arrays):
        array.tofile(f"{a.prefix}.{name}")
