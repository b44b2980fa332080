#!/usr/bin/env python3
"""Samplers on Gaussian data, where the exact posterior is known: an independent witness in NumPy, all in Float64.

Every pixel holds r ~ N(m, s^2), so E[r | x_t] and with it the exact noise are known. The formulas are written as the papers write them
(ddim through epsilon, DPM-Solver++ through alpha, sigma and lambda), not as the Swift code folds them.

  sampler_reference.py OUT.safetensors
"""

import math
import sys

import numpy as np
from safetensors.numpy import save_file

T = 100
SHAPE = (2, 5, 7, 1)  # items, height, width, channels

f = lambda u: math.cos((u / T + 0.008) / 1.008 * math.pi / 2) ** 2
beta = np.array([min(1 - f(i + 1) / f(i), 0.999) for i in range(T)])
abar = np.cumprod(1 - beta)


def uniform(n, start=T - 1):
    return [int(math.floor(start * (n - 1 - i) / (n - 1) + 0.5)) for i in range(n)]


def posterior_epsilon(x, t, mean, sd):
    a = abar[t]
    clean = mean + a**0.5 * sd**2 / (a * sd**2 + 1 - a) * (x - a**0.5 * mean)
    return (x - a**0.5 * clean) / (1 - a) ** 0.5


def estimate(x, t, mean, sd):
    eps = posterior_epsilon(x, t, mean, sd)
    return np.clip((x - (1 - abar[t]) ** 0.5 * eps) / abar[t] ** 0.5, -1, 1)


def ddpm(x, steps, mean, sd, noise):
    path = []
    for i, t in enumerate(steps):
        clean = estimate(x, t, mean, sd)
        if i + 1 == len(steps):
            x = clean
        else:
            a, b = abar[t], abar[steps[i + 1]]
            # The product of the two Gaussians q(x_t | x_b) and q(x_b | r): precisions add up.
            keep = a / b
            precision = keep / (1 - keep) + 1 / (1 - b)
            centre = (keep**0.5 * x / (1 - keep) + b**0.5 * clean / (1 - b)) / precision
            x = centre + precision**-0.5 * noise[t]
        path.append(x)
    return path


def ddim(x, steps, mean, sd, noise, eta):
    path = []
    for i, t in enumerate(steps):
        clean = estimate(x, t, mean, sd)
        a, b = abar[t], abar[steps[i + 1]] if i + 1 < len(steps) else 1.0
        eps = (x - a**0.5 * clean) / (1 - a) ** 0.5
        sigma = eta * math.sqrt((1 - b) / (1 - a)) * math.sqrt(1 - a / b)
        x = b**0.5 * clean + math.sqrt(max(1 - b - sigma**2, 0)) * eps + sigma * noise[t]
        path.append(x)
    return path


def dpmpp2m(x, steps, mean, sd):
    path, lam_before, clean_before = [], None, None
    for i, t in enumerate(steps):
        clean = estimate(x, t, mean, sd)
        alpha, sigma = abar[t] ** 0.5, (1 - abar[t]) ** 0.5
        lam = math.log(alpha / sigma)
        if i + 1 == len(steps):
            x = clean
        else:
            alpha2, sigma2 = abar[steps[i + 1]] ** 0.5, (1 - abar[steps[i + 1]]) ** 0.5
            h = math.log(alpha2 / sigma2) - lam
            d = clean
            if i > 0:
                q = (lam - lam_before) / h
                d = (1 + 1 / (2 * q)) * clean - 1 / (2 * q) * clean_before
            x = sigma2 / sigma * x - alpha2 * (math.exp(-h) - 1) * d
        lam_before, clean_before = lam, clean
        path.append(x)
    return path


def sdedpmpp2m(x, steps, mean, sd, noise):
    """As the paper writes it: the first-order term, the correction by the difference to the estimate before, the noise."""
    path, lam_before, clean_before = [], None, None
    for i, t in enumerate(steps):
        clean = estimate(x, t, mean, sd)
        alpha, sigma = abar[t] ** 0.5, (1 - abar[t]) ** 0.5
        lam = math.log(alpha / sigma)
        if i + 1 == len(steps):
            x = clean
        else:
            alpha2, sigma2 = abar[steps[i + 1]] ** 0.5, (1 - abar[steps[i + 1]]) ** 0.5
            h = math.log(alpha2 / sigma2) - lam
            x = sigma2 / sigma * math.exp(-h) * x + alpha2 * (1 - math.exp(-2 * h)) * clean
            if i > 0:
                r = (lam - lam_before) / h
                x = x + alpha2 * (1 - math.exp(-2 * h)) / (2 * r) * (clean - clean_before)
            x = x + sigma2 * math.sqrt(1 - math.exp(-2 * h)) * noise[t]
        lam_before, clean_before = lam, clean
        path.append(x)
    return path


rng = np.random.default_rng(5)
mean = rng.uniform(-0.5, 0.5, SHAPE)
sd = rng.uniform(0.05, 0.5, SHAPE)  # the widest ones reach the clamp
mean, sd = mean.astype(np.float32), sd.astype(np.float32)
noise = rng.standard_normal((T + 1,) + SHAPE).astype(np.float32)
m, s, z = mean.astype(float), sd.astype(float), noise.astype(float)
golden = {"mean": mean, "deviation": sd, "noise": noise[[99, 88, 77, 66, 55, 44, 33, 22, 11, 0, 100]]}
ten = uniform(10)
assert ten == [99, 88, 77, 66, 55, 44, 33, 22, 11, 0]
for name, path in {
    "ddpm": ddpm(z[T], ten, m, s, z),
    "ddim0": ddim(z[T], ten, m, s, z, 0.0),
    "ddim05": ddim(z[T], ten, m, s, z, 0.5),
    "ddim1": ddim(z[T], ten, m, s, z, 1.0),
    "dpmpp2m": dpmpp2m(z[T], ten, m, s),
    "sdedpmpp2m": sdedpmpp2m(z[T], ten, m, s, z),
}.items():
    golden[name] = np.stack(path).astype(np.float32)
save_file(golden, sys.argv[1])
