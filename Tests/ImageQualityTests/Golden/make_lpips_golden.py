"""Writes lpips.json: distances by the `lpips` package (0.1.4, AlexNet backbone), on weights that this file and
PerceptualDistanceTests.swift make from the same counter-based numbers, because 10 MB of weights have no place here.

Weight files for use come from Examples/convert-lpips-weights.py.
"""
import json
import pathlib

import lpips
import numpy as np
import torch


def uniform(seed, count):
    """SplitMix64 of seed + i, as numbers in [0, 1)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


names = [f"net.slice{k}.{n}.{p}" for k, n in ((1, 0), (2, 3), (3, 6), (4, 8), (5, 10)) for p in ("weight", "bias")]
names += [f"lin{k}.model.1.weight" for k in range(5)]

net = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
state = net.state_dict()
for seed, name in enumerate(names):
    shape = tuple(state[name].shape)
    u = uniform(seed << 40, int(np.prod(shape)))
    if name.startswith("lin"):
        value = u
    elif name.endswith("bias"):
        value = 0.2 * u - 0.1
    else:
        value = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    state[name] = torch.from_numpy(value.reshape(shape).astype(np.float32))
    if name.startswith("lin"):
        state[name.replace("lin", "lins.", 1)] = state[name]
net.load_state_dict(state)

cases = []
for case, (w, h) in enumerate([(31, 31), (48, 37), (64, 96)]):
    a, b = (uniform((100 + 2 * case + k) << 40, w * h).reshape(h, w).astype(np.float32) for k in (0, 1))
    # From noise to something smoother, in 0...1.
    y, x = np.mgrid[0:h, 0:w]
    a = (0.5 + 0.4 * np.sin(x / 5) * np.cos(y / 7) + 0.1 * (a - 0.5)).astype(np.float64)
    b = a + 0.2 * (b - 0.5)
    pair = [torch.from_numpy((2 * v - 1).astype(np.float32))[None, None].repeat(1, 3, 1, 1) for v in (a, b)]
    with torch.no_grad():
        cases.append(dict(width=w, height=h, distance=net(*pair).item()))
(pathlib.Path(__file__).parent / "lpips.json").write_text(json.dumps(cases))
