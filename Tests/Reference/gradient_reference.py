#!/usr/bin/env python3
"""PyTorch's gradients and loss curves for the tests of training, in float64, stored as float32.

    python Tests/Reference/gradient_reference.py Tests/DiffusionTests/Golden/gradients

Each file holds one batch (`lr`, and `hr` for an encoder; `lr`, `x_t`, `t`, `noise` for a predictor), the loss, `gradient.NAME` of every parameter that the
stage trains, and `curve`: the losses of 20 updates on that batch. Weights are not stored: both sides derive them from the parameters'
published names (`fill`), so a name that differs shows.
"""

import math
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from srdiff_reference import SRDiff


def hashed(name, count):
    """count floats in [-1, 1): SplitMix64 over the FNV-1a hash of the name, upper 24 bits."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)).astype(np.float32)


def fill(model):
    """Weights of variance 1 / fan-in, biases within 0.1."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            bound = np.float32(0.1) if p.dim() == 1 else np.float32(math.sqrt(3 / p[0].numel()))
            p.copy_(torch.from_numpy(hashed(name, p.numel()) * bound).reshape(p.shape))


def batch(shape, sides, items):
    s, c = shape["scale"], shape.get("channels", 1)
    def image(name, h, w):
        values = torch.from_numpy(hashed(name, items * c * h * w))
        return values.reshape(items, c, h, w).double()
    h, w = sides
    return dict(
        lr=image("lr", h, w), hr=image("hr", h * s, w * s), x_t=1.5 * image("x_t", h * s, w * s),
        noise=1.7 * image("noise", h * s, w * s), t=torch.tensor([(37 * i + 3) % 100 for i in range(items)]))


def losses(model, data, stage):
    if stage == "encoder":
        return F.l1_loss(model.encoder_image(data["lr"]), data["hr"])
    with torch.no_grad():
        features = torch.cat(model.rrdb.features(data["lr"])[2::3], 1)
    return F.l1_loss(model.denoise_fn(data["x_t"], data["t"], model.denoise_fn.cond_proj(features)), data["noise"])


def optimiser(parameters, kind):
    if kind == "adamw":
        return torch.optim.AdamW(parameters, 2e-3, betas=(0.9, 0.99), weight_decay=0.05)
    return torch.optim.Adam(parameters, 2e-3)


def rate(k, kind):
    """Warm-up over 5 updates, then halved every 6 (adam) or a cosine down to a tenth over the 20 updates (adamw)."""
    warm = min(1, (k + 1) / 5)
    if kind == "adam":
        return warm * 0.5 ** (k // 6)
    return warm * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * k / 20)))


def golden(folder, name, stage, kind, sides, items, **shape):
    model = SRDiff(**shape)
    fill(model)
    model = model.double()
    data = batch(shape, sides, items)
    part = model.rrdb if stage == "encoder" else model.denoise_fn
    loss = losses(model, data, stage)
    loss.backward()
    prefix = "rrdb." if stage == "encoder" else "denoise_fn."
    out = {f"gradient.{prefix}{n}": p.grad.float().contiguous() for n, p in part.named_parameters()}
    out["loss"] = loss.detach().float().reshape(1)
    parameters = list(part.parameters())
    chosen = optimiser(parameters, kind)
    curve, norms = [], []
    for k in range(20):
        chosen.zero_grad()
        loss = losses(model, data, stage)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, 0.2)))
        for group in chosen.param_groups:
            group["lr"] = 2e-3 * rate(k, kind)
        chosen.step()
        curve.append(float(loss.detach()))
    out["curve"] = torch.tensor(curve, dtype=torch.float32)
    out["norms"] = torch.tensor(norms, dtype=torch.float32)
    used = ["lr", "hr"] if stage == "encoder" else ["lr", "x_t", "noise"]
    out |= {key: data[key].float().contiguous() for key in used}
    out["t"] = data["t"].int()
    save_file(out, f"{folder}/{name}.safetensors", metadata={k: str(v) for k, v in shape.items()})
    print(name, sum(v.numel() for v in out.values()) * 4, "bytes", curve[0], curve[-1], norms[0])


if __name__ == "__main__":
    folder = sys.argv[1]
    golden(folder, "encoder-x2", "encoder", "adam", (9, 14), 3, scale=2, nf=8, nb=2, dim=4)
    golden(folder, "encoder-x3", "encoder", "adamw", (5, 6), 2, scale=3, nf=4, nb=3, dim=4)
    golden(folder, "predictor-x2", "predictor", "adam", (8, 12), 3, scale=2, nf=8, nb=2, dim=4, mults=(1, 2, 2, 3))
    golden(folder, "predictor-x3", "predictor", "adamw", (8, 4), 2, scale=3, nf=6, nb=5, dim=4, mults=(1, 2, 3))
    golden(folder, "predictor-x4", "predictor", "adam", (4, 4), 2, scale=4, nf=4, nb=2, dim=4, mults=(1, 2, 3))
    golden(folder, "predictor-x8", "predictor", "adamw", (2, 3), 1, scale=8, nf=4, nb=2, dim=4, mults=(1, 3, 2))
