#!/usr/bin/env python3
"""Bicubic resizing as MATLAB's imresize does it: an independent witness with dense matrices, and golden files from it.

The image is continued by mirroring into a far larger one, the cubic is laid over it densely, and the columns are folded back.

  bicubic_reference.py OUT.safetensors
"""

import sys

import numpy as np
from safetensors.numpy import save_file


def cubic(x):
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))


def matrix(n, m, scale):
    copies = 2 * int(np.ceil(3 / min(scale, 1) / n)) + 2  # even: the first one is not mirrored
    order = np.concatenate([np.arange(n) if k % 2 == 0 else np.arange(n)[::-1] for k in range(-copies, copies + 1)])
    position = np.arange(-copies * n, (copies + 1) * n)
    u = (np.arange(1, m + 1) / scale + 0.5 * (1 - 1 / scale)) - 1  # MATLAB counts from 1
    k = min(scale, 1.0)
    dense = k * cubic(k * (u[:, None] - position[None]))
    dense /= dense.sum(1, keepdims=True)
    folded = np.zeros((m, n))
    for column, source in enumerate(order):
        folded[:, source] += dense[:, column]
    return folded


def resize(image, shape, scales=None):
    scales = scales or [m / n for m, n in zip(shape, image.shape)]
    rows, columns = (matrix(n, m, s) for n, m, s in zip(image.shape, shape, scales))
    return rows @ image @ columns.T


if __name__ == "__main__":
    rng = np.random.default_rng(3)
    image = rng.normal(100, 50, (11, 13))
    line = rng.normal(0, 1, (1, 6))
    golden = {"image": image, "line": line}
    for shape in [(22, 26), (33, 39), (44, 52), (88, 104), (5, 6), (7, 13), (4, 3), (1, 1), (2, 26), (11, 13)]:
        golden[f"to.{shape[0]}.{shape[1]}"] = resize(image, shape)
    # imresize(image, 0.5) of odd sizes rounds the size up and keeps the scale.
    golden["half"] = resize(image, (6, 7), (0.5, 0.5))
    golden["line.4.24"] = resize(line, (4, 24))
    assert np.allclose(resize(image, image.shape), image)
    try:  # away from the edges PyTorch's antialiased bicubic is the same
        import torch

        for shape, edge in [((33, 39), 6), ((5, 6), 2)]:
            other = torch.nn.functional.interpolate(
                torch.tensor(image)[None, None], size=shape, mode="bicubic", antialias=True)[0, 0].numpy()
            inner = (slice(edge, -edge),) * 2
            assert np.abs(other - golden[f"to.{shape[0]}.{shape[1]}"])[inner].max() < 1e-9, shape
    except ImportError:
        pass
    save_file(golden, sys.argv[1])
