#!/usr/bin/env python3
"""Takes the figures of a `residua evaluate --keep` again, with scikit-image, SciPy and NumPy, from the kept slices alone, and compares.

    python3 -m venv venv && venv/bin/pip install numpy scipy scikit-image nibabel safetensors
    residua evaluate SCANS --output DIR --keep
    venv/bin/python Tests/Reference/evaluate_reference.py DIR

With `--lpips WEIGHTS` (the file given to --lpips-weights) and the packages torch and lpips, LPIPS as well. Ends with 1 where a figure differs by
more than its tolerance: 1e-6 for what is computed alike, 1e-4 for LPIPS, 2 % of the value for what the tool gathers in histograms.
"""
import argparse
import csv
import json
import pathlib
import sys

import nibabel
import numpy as np
from scipy import stats
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bicubic_reference import matrix as bicubic_matrix

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--lpips", type=pathlib.Path)
options = parser.parse_args()

worst = {}


def compare(name, ours, theirs, tolerance):
    if np.isnan(theirs) and ours is None:
        return
    difference = abs(ours - theirs)
    if difference > worst.get(name, (-1,))[0]:
        worst[name] = (difference, tolerance, ours, theirs)


def smaller(n, scale, degradation):
    """The dense matrix that makes an axis of n pixels smaller."""
    m = n // scale
    centres = (np.arange(m) + 0.5) * scale - 0.5
    if degradation.startswith("bicubic"):
        return bicubic_matrix(n, m, 1 / scale)
    if degradation.startswith("truncation"):
        spectrum = np.fft.fft(np.eye(n), axis=0)
        f = np.fft.fftfreq(n, 1 / n)
        half = m / 2
        keep = np.where(np.abs(f) < half, 1.0, np.where(np.abs(f) == half, 0.5, 0.0))
        if n == m * scale and m % 2 == 0 and n == m:
            keep[np.abs(f) == half] = 1
        wave = np.exp(2j * np.pi * np.outer(centres, f) / n)
        return np.real(wave * keep @ spectrum) / n
    sigma = float(degradation.split(" of ")[1].split(" ")[0]) * scale
    reach = 4 * sigma
    copies = int(np.ceil(reach / n)) + 1
    order = np.concatenate([np.arange(n) if k % 2 == 0 else np.arange(n)[::-1] for k in range(-copies, copies + 1)])
    position = np.arange(-copies * n, (copies + 1) * n)
    d = position[None] - centres[:, None]
    dense = np.where(np.abs(d) <= reach, np.exp(-(d**2) / (2 * sigma**2)), 0)
    dense /= dense.sum(1, keepdims=True)
    folded = np.zeros((m, n))
    for column, source in enumerate(order):
        folded[:, source] += dense[:, column]
    return folded


def stack(path):
    # NIfTI holds x fastest: as arrays of rows, slice by slice.
    return np.asarray(nibabel.load(path).dataobj).transpose(2, 1, 0)


def psnr(a, b, width):
    with np.errstate(divide="ignore"):
        return peak_signal_noise_ratio(b, a, data_range=width)


report = json.loads((options.folder / "report.json").read_text())
ours = {}
for row in csv.DictReader((options.folder / "slices.csv").open()):
    ours[row["scan"], int(row["slice"]), row["method"]] = {
        k: float(v) for k, v in row.items() if v and k not in ("scan", "subject", "slice", "method")
    }

distance = None
if options.lpips:
    import lpips
    import torch
    from safetensors.torch import load_file

    net = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False).eval()
    state = load_file(options.lpips)
    state.update({k.replace("lin", "lins.", 1): v for k, v in state.items() if k.startswith("lin")})
    net.load_state_dict({**net.state_dict(), **state})

    def distance(a, b, low, high):
        pair = [torch.from_numpy(((2 * v - low - high) / (high - low)).astype(np.float32))[None, None] for v in (a, b)]
        with torch.no_grad():
            return net(*(p.repeat(1, 3, 1, 1) for p in pair)).item()


subjects = {}
for scan in report["scans"]:
    kept = options.folder / "kept" / scan["name"]
    index = json.loads((kept / "slices.json").read_text())
    low_end, high_end = index["dataRange"]
    width = high_end - low_end
    truth, low, mask = stack(kept / "truth.nii"), stack(kept / "low.nii"), stack(kept / "foreground.nii") > 0.5
    rows, columns = (smaller(n, index["scale"], index["degradation"]) for n in truth.shape[1:])
    for method in index["methods"]:
        image = stack(kept / f"{method}.nii")
        steps = [[], []]
        for k, number in enumerate(index["slices"]):
            row = ours[scan["name"], number, method]
            a, b, inside = image[k], truth[k], mask[k]
            compare("psnr_all", row["psnr_all"], psnr(a, b, width), 1e-6)
            compare("psnr", row["psnr"], psnr(a[inside], b[inside], width), 1e-6)
            for name, radius, settings in (
                ("ssim", 5, dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)),
                ("ssim7", 3, {}),
            ):
                mean, full = structural_similarity(b, a, data_range=width, full=True, **settings)
                compare(f"{name}_all", row[f"{name}_all"], mean, 1e-6)
                inner = (slice(radius, -radius),) * 2
                if inside[inner].any():
                    compare(name, row[name], full[inner][inside[inner]].mean(), 1e-6)
            compare("mae", row["mae"], np.abs(a - b)[inside].mean(), 1e-6 * width)
            compare("bias", row["bias"], (a - b)[inside].mean(), 1e-6 * width)
            if (~inside).any():
                compare("mae_background", row["mae_background"], np.abs(a - b)[~inside].mean(), 1e-6 * width)
            small = rows @ a @ columns.T
            compare("lr_psnr_all", row["lr_psnr_all"], psnr(small, low[k], width), 1e-6)
            s = index["scale"]
            counts = inside.reshape(low.shape[1], s, low.shape[2], s).sum((1, 3))
            within = 2 * counts >= s * s
            compare("lr_psnr", row["lr_psnr"], psnr(small[within], low[k][within], width), 1e-6)
            if distance:
                compare("lpips", row["lpips"], distance(a, b, low_end, high_end), 1e-4)
            if k > 0 and number == index["slices"][k - 1] + 1:
                both = inside & mask[k - 1]
                steps[0].append(np.abs(image[k] - image[k - 1])[both])
                steps[1].append(np.abs(truth[k] - truth[k - 1])[both])
        if steps[0]:
            flicker = np.concatenate(steps[0]).sum() / np.concatenate(steps[1]).sum()
            compare("flicker", scan["means"][method]["flicker"], flicker, 1e-6)
    if index["samples"] > 1:
        samples = np.stack([stack(kept / f"sample-{n + 1}.nii") for n in range(index["samples"])])
        drawn = (samples[:, mask] - low_end) / width
        subjects.setdefault(scan["subject"], []).append((drawn, (truth[mask] - low_end) / width))
        for k, number in enumerate(index["slices"]):
            sigma = samples[:, k].std(0, ddof=1)[mask[k]].mean() / width * 255
            compare("sigma", ours[scan["name"], number, "mean"]["sigma"], sigma, 1e-6)

if subjects:
    said = {row["name"]: row for row in report["uncertainty"]["subjects"]}
    coverage = []
    ranks = []
    for name, parts in subjects.items():
        x, y = np.concatenate([p[0] for p in parts], 1), np.concatenate([p[1] for p in parts])
        n = len(x)
        m, s = x.mean(0), x.std(0, ddof=1)
        error = np.abs(y - m)
        figures = said[name]["figures"]
        factors = [stats.t.ppf((1 + q) / 2, n - 1) * np.sqrt(1 + 1 / n) for q in (0.5, 0.8, 0.9, 0.95)]
        inside = [(error <= f * s).mean() for f in factors]
        coverage.append(inside)
        for ours_, theirs in zip(said[name]["coverage"], inside):
            compare("coverage", ours_, theirs, 1e-6)
        compare("spread", figures["spread"], np.sqrt((1 + 1 / n) * (s**2).mean()), 1e-6)
        compare("skill", figures["skill"], np.sqrt((error**2).mean()), 1e-6)
        pairs = sum(np.abs(x[i] - x[j]) for i in range(n) for j in range(n)) / (2 * n * (n - 1))
        compare("CRPS", figures["fairCRPS"], (np.abs(x - y).mean(0) - pairs).mean(), 1e-6)
        spearman = stats.spearmanr(s, error).statistic
        compare("Spearman", figures["spearman"], spearman, 2e-3)
        below, tied = (x < y).sum(0), (x == y).sum(0)
        histogram = np.zeros(n + 1)
        for t in range(n + 1):
            for r in range(n + 1 - t):
                count = ((below == r) & (tied == t)).sum()
                histogram[r : r + t + 1] += count / (t + 1)
        ranks.append(histogram / histogram.sum())
        outside = (ranks[-1][0] + ranks[-1][-1]) * (n + 1) / 2
        compare("outside", figures["excessOutside"], outside, 1e-6)
        bins = np.array_split(np.argsort(s, kind="stable"), 10)
        expected = [np.sqrt((1 + 1 / n) * (s[b] ** 2).mean()) for b in bins]
        found = [np.sqrt((error[b] ** 2).mean()) for b in bins]
        ence = np.mean([abs(e - f) / e for e, f in zip(expected, found)])
        compare("ENCE", figures["ence"], ence, 0.02 * ence)
        curves = []
        for order in (np.argsort(s, kind="stable"), np.argsort(error, kind="stable")):
            sums = np.cumsum(error[order])
            curves.append([sums[max(round(len(y) * (1 - k / 100)), 1) - 1] / max(len(y) * (1 - k / 100), 1) for k in range(100)])
        area = lambda v: np.trapezoid(v, dx=0.01) / error.mean()
        compare("AUSE", figures["ause"], area(np.array(curves[0]) - curves[1]), 5e-3)
        compare("AUSE, constant", figures["auseOfConstant"], area(error.mean() - np.array(curves[1])), 5e-3)
    for k, level in enumerate(report["uncertainty"]["levels"]):
        compare("factor", level["factor"], factors[k], 1e-9)
        compare("coverage, mean", level["mean"], np.mean([c[k] for c in coverage]), 1e-6)
    for ours_, theirs in zip(report["uncertainty"]["ranks"], np.mean(ranks, 0)):
        compare("rank histogram", ours_, theirs, 1e-6)

failed = False
print(f"{'figure':<18} {'largest difference':>20} {'allowed':>10}")
for name, (difference, tolerance, a, b) in worst.items():
    ok = difference <= tolerance or a == b
    failed |= not ok
    print(f"{name:<18} {difference:>20.3g} {tolerance:>10.3g}" + ("" if ok else f"  FAIL: ours {a}, theirs {b}"))
sys.exit(failed)
