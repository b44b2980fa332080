"""Recomputes with NumPy, SciPy and nibabel what `residua upscale` writes about uncertainty, regions and agreement with the input.

    python Tests/Reference/check_uncertainty.py FOLDER

FOLDER is what the test `UncertaintyWitnessTests` fills: in.nii, o.nii, s.nii (raw), cs.nii (calibrated), l.nii, u.nii (0.9, typical), c.json, labels.nii,
labels_x2.nii, o_regions.tsv, o.json, samples/, and projected/ with the samples of the same run under --consistency project.
"""

import csv
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import stats

folder = Path(sys.argv[1])
problems = []


def load(name):
    return np.asanyarray(nib.load(folder / name).dataobj).astype(np.float64)


def check(name, error, allowed):
    print(f"{name}: {error:.3g} (allowed {allowed:.3g})")
    if not error <= allowed:
        problems.append(name)


def bicubic(count, scale):
    """MATLAB's imresize to 1/scale, antialiased, mirrored borders, as a matrix."""
    matrix = np.zeros((count // scale, count))
    for o in range(count // scale):
        centre = (o + 0.5) * scale - 0.5
        for i in range(int(np.floor(centre - 2 * scale)) - 1, int(np.ceil(centre + 2 * scale)) + 2):
            x = abs(i - centre) / scale
            w = (1.5 * x - 2.5) * x * x + 1 if x <= 1 else ((-0.5 * x + 2.5) * x - 4) * x + 2 if x < 2 else 0
            j = i % (2 * count)
            matrix[o, j if j < count else 2 * count - 1 - j] += w
        matrix[o] /= matrix[o].sum()
    return matrix


record = json.loads((folder / "o.json").read_text())["Residua"]
scale_range = record["intensityMapping"]["high"] - record["intensityMapping"]["low"]
before, mean, raw = load("in.nii"), load("o.nii"), load("s.nii")
samples = np.stack([load(f"samples/{p.name}") for p in sorted((folder / "samples").glob("*.nii"))])
n = len(samples)
check("mean of the samples", np.abs(samples.mean(0) - mean).max(), 1e-3)
check("deviation of the samples", np.abs(samples.std(0, ddof=1) - raw).max(), 1e-3)

calibration = json.loads((folder / "c.json").read_text())
root = np.sqrt(raw**2 + (calibration["deviation"]["floor"] * scale_range) ** 2)
check("calibrated deviation", np.abs(np.sqrt(1 + 1 / n) * calibration["deviation"]["scale"] * root - load("cs.nii")).max(), 1e-3)
level = next(x for x in calibration["levels"] if x["coverage"] == 0.9)
factor = stats.t.ppf(0.95, n - 1) * np.sqrt(1 + 1 / n)
half = factor * np.median([s["scale"] for s in level["scales"]["subjects"]]) * root
check("lower bound", np.abs(mean - half - load("l.nii")).max(), 5e-3)
check("upper bound", np.abs(mean + half - load("u.nii")).max(), 5e-3)

labels = load("labels.nii")
along = load("labels_x2.nii")
check("labels along", np.abs(np.repeat(np.repeat(labels, 2, 0), 2, 1) - along).max(), 0)
same = nib.load(folder / "labels.nii").get_data_dtype() == nib.load(folder / "labels_x2.nii").get_data_dtype()
check("type of the labels", 0 if same else 1, 0)

voxel = abs(np.linalg.det(nib.load(folder / "o.nii").affine[:3, :3]))
with open(folder / "o_regions.tsv") as file:
    rows = list(csv.DictReader(file, delimiter="\t"))
check("regions", abs(len(rows) - len(np.unique(along)) + 1), 0)
for row in rows:
    inside = samples[:, along == int(row["label"])]
    check(f"region {row['label']}: volume", abs(inside.shape[1] * voxel - float(row["volume_mm3"])), 1e-3)
    quantities = {"mean": inside.mean(1), "above_mm3": (inside > record["regions"]["threshold"]).sum(1) * voxel}
    if inside.shape[1] > 1:
        quantities["spread"] = inside.std(1, ddof=1)
    for name, values in quantities.items():
        middle, spread = values.mean(), values.std(ddof=1)
        allowed = 1e-3 if name != "above_mm3" else 2 * voxel  # samples on disk are rounded
        check(f"region {row['label']}: {name}", abs(middle - float(row[name])), allowed)
        check(f"region {row['label']}: {name} deviation", abs(spread - float(row[name + "_sd"])), 2 * allowed)
        check(f"region {row['label']}: {name} upper", abs(middle + factor * spread - float(row[name + "_upper"])), 9 * allowed)

rows_of, columns_of = bicubic(mean.shape[1], 2), bicubic(mean.shape[0], 2)
for k, slice_ in enumerate(record["consistency"]["slices"]):
    low = columns_of @ mean[:, :, k] @ rows_of.T
    psnr = 10 * np.log10(scale_range**2 / np.mean((low - before[:, :, k]) ** 2))
    check(f"LR-PSNR of slice {k}", abs(psnr - slice_["psnr"]), 0.01)

inverse_rows, inverse_columns = np.linalg.pinv(rows_of), np.linalg.pinv(columns_of)
for number, path in enumerate(sorted((folder / "projected").glob("*.nii"))):
    projected = load(f"projected/{path.name}")
    for k in range(mean.shape[2]):
        x = samples[number][:, :, k]
        exact = x + inverse_columns @ (before[:, :, k] - columns_of @ x @ rows_of.T) @ inverse_rows.T
        check(f"projection of sample {number + 1}, slice {k}", np.abs(exact - projected[:, :, k]).max(), 0.5)
        check("  its smaller version", np.abs(columns_of @ projected[:, :, k] @ rows_of.T - before[:, :, k]).max(), 0.11)

print("problems:", ", ".join(problems) or "none")
sys.exit(1 if problems else 0)
