#!/usr/bin/env python3
"""The out-of-distribution table, in Markdown, from the folders that run.sh made (numpy, nibabel, scipy)."""
import json
import pathlib
import sys

import nibabel
import numpy as np
from scipy import stats

folder = pathlib.Path(sys.argv[1])
groups = [line.rstrip("\n").split("\t") for line in (folder / "groups.tsv").open()]


def percent(value, digits=1):
    return f"{100 * value:.{digits}f}"


def stack(path):
    return np.asarray(nibabel.load(path).dataobj).transpose(2, 1, 0)


print("| scans | subjects, slices | bicubic (dB) | mean (dB) | gain (dB) | RMSE (% of range) | σ (% of range) | spread / skill | 90 % interval covers | Spearman | warned |")
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
for name, title in groups:
    file = folder / name / "report.json"
    if not file.exists():
        print(f"| {title} | not evaluated |" + " |" * 9)
        continue
    report = json.loads(file.read_text())
    methods, sigma = report["methods"], report["uncertainty"]
    slices = sum(len(scan["slices"]) for scan in report["scans"])
    bicubic, mean = (methods[m]["psnr"]["mean"] for m in ("bicubic", "mean"))
    warned = [bool(scan["warnings"]) for scan in report["scans"]]
    says = "yes" if all(warned) else "no" if not any(warned) else f"{sum(warned)} of {len(warned)}"
    cover = next(level for level in sigma["levels"] if level["nominal"] == 0.9)
    f = sigma["figures"]
    print(
        f"| {title} | {len(sigma['subjects'])}, {slices} | {bicubic:.2f} | {mean:.2f} | {mean - bicubic:+.2f} | {percent(f['skill'], 2)} | "
        f"{percent(f['sigma'] / 255, 2)} | {f['spreadOverSkill']:.2f} | {percent(cover['mean'])} % | {f['spearman']:.2f} | {says} |"
    )

# Inside the lesions, and at the same places of the same scans without them.
rows = []
for kept in sorted((folder / "lesions" / "kept").glob("*")):
    if not (kept / "slices.json").exists():
        continue
    index = json.loads((kept / "slices.json").read_text())
    low, high = index["dataRange"]
    inside = np.asarray(nibabel.load(folder / "planted" / f"{kept.name}.mask.nii.gz").dataobj).transpose(2, 1, 0) > 0
    for what, place in (("lesions", kept), ("healthy", folder / "lesions-healthy" / "kept" / kept.name)):
        if not (place / "slices.json").exists():
            continue
        truth = stack(place / "truth.nii")
        mask = inside[index["slices"]][:, : truth.shape[1], : truth.shape[2]]
        n = index["samples"]
        samples = np.stack([stack(place / f"sample-{k + 1}.nii") for k in range(n)])[:, mask]
        m, s, y = samples.mean(0), samples.std(0, ddof=1), truth[mask]
        base = stack(place / "bicubic.nii")[mask]
        factor = stats.t.ppf(0.95, n - 1) * np.sqrt(1 + 1 / n)
        rows.append((what, (np.abs(m - y) <= factor * s).mean(), ((m - y) ** 2).mean() / (high - low) ** 2, s.mean() / (high - low),
                     ((base - y) ** 2).mean() / (high - low) ** 2, (m - y).mean() / (high - low), mask.sum()))
if rows:
    print()
    print("| inside | scans, voxels | RMSE bicubic (% of range) | RMSE mean | bias | σ | 90 % interval covers |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for what, title in (("lesions", "planted lesions"), ("healthy", "the same places without them")):
        part = [row[1:] for row in rows if row[0] == what]
        if part:
            cover, error, spread, base, bias, count = np.mean(part, 0)
            print(f"| {title} | {len(part)}, {round(count * len(part))} | {percent(np.sqrt(base), 2)} | {percent(np.sqrt(error), 2)} | "
                  f"{percent(bias, 2)} | {percent(spread, 2)} | {percent(cover)} % |")
