#!/usr/bin/env python3
"""How large the page of a large output gets, and how long it takes: `residua report` on 256×256×160 voxels with σ and input.

    python3 Examples/Benchmarks/report_size.py [RESIDUA]

Needs nibabel and NumPy. The volumes are made up, and hard to pack: a head of tissue with noise in every voxel (1 % of white), air with noise, σ with noise. It
prints bytes, seconds of processor time and the steps to which the page rounds. Nothing is upscaled: a page asks for an output, not for a model.
"""
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

import nibabel
import numpy as np

residua = sys.argv[1] if len(sys.argv) > 1 else ".build/release/residua"
size = (256, 256, 160)
random = np.random.default_rng(1)
x, y, z = np.meshgrid(*[np.linspace(-1, 1, n, dtype=np.float32) for n in size], indexing="ij")
radius = np.sqrt((x / 0.75) ** 2 + (y / 0.92) ** 2 + (z / 0.85) ** 2)
folds = np.sin(23 * x + 5 * y) * np.sin(19 * y - 7 * z) * np.sin(17 * z + 3 * x)
head = np.where(radius < 1, 700 + 250 * folds + 200 * np.exp(-40 * (radius - 0.95) ** 2), 0)


def noisy(image, deviation):
    return np.abs(image + random.normal(0, deviation, image.shape)).astype(np.float32)


with tempfile.TemporaryDirectory() as folder:
    affine = np.diag([1, 1, 1, 1])
    low = noisy(head, 10).reshape(128, 2, 128, 2, 160).mean(axis=(1, 3))
    coarse = np.diag([2.0, 2, 1, 1])
    coarse[:2, 3] = 0.5
    sigma = np.where(radius < 1, 8 + 12 * np.abs(folds), 1) * random.chisquare(7, size) / 7
    for name, values, grid in [("out", noisy(head, 10), affine), ("sigma", sigma.astype(np.float32), affine), ("in", low.astype(np.float32), coarse)]:
        nibabel.save(nibabel.Nifti1Image(values, grid), f"{folder}/{name}.nii")
    record = {
        "input": {"file": "in.nii"}, "model": {"file": "none", "sha256": "", "scale": 2}, "settings": {"slicesAcross": "k"},
        "output": {"files": {"estimate": "out.nii", "uncertainty": "sigma.nii"}}, "intensityMapping": {"low": 0, "high": 1150}, "warnings": [],
    }
    with open(f"{folder}/out.json", "w") as file:
        json.dump({"Residua": record}, file)
    subprocess.run([residua, "report", f"{folder}/out.nii"], check=True, stdout=subprocess.DEVNULL)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    page = f"{folder}/out.html"
    with open(page) as file:
        steps = re.findall(r'"(estimate|input|sigma)":\{[^{}]*?"step":([0-9.e-]+)', file.read())
    print(f"{os.path.getsize(page) / 1e6:.1f} MB, {seconds:.1f} s of processor time, steps " + ", ".join(f"{name} {float(step):.3g}" for name, step in steps))
