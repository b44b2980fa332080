"""Writes the golden files of this folder, from images that the tests make by the same formulas.

    python3 -m venv venv && venv/bin/pip install numpy==2.* scipy pillow scikit-image && venv/bin/python make_golden.py

interpolation.json: enlargements by Pillow and SciPy.

nearest, linear: scipy.ndimage.zoom with half-pixel centres (grid_mode) and mirrored edges; bicubic, lanczos: Pillow in 32-bit floats, on
the image continued by its mirror, because Pillow cuts its kernels at the edges.

scores.json: what scikit-image and NumPy say of a slice, over everything and over its foreground.
"""
import json
import pathlib

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

W, H = 11, 7
y, x = np.mgrid[0:H, 0:W].astype(np.float64)
image = np.sin(0.37 * x * x + 0.2 * y) + 0.3 * np.cos(1.1 * y) + 0.01 * x * y

cases = []
for scale in (2, 3, 4):
    for name, order in (("nearest", 0), ("linear", 1)):
        out = ndimage.zoom(image, scale, order=order, mode="reflect", grid_mode=True)
        cases.append(dict(method=name, scale=scale, tolerance=1e-12, values=out.ravel().tolist()))
    for name, kernel in (("bicubic", Image.Resampling.BICUBIC), ("lanczos", Image.Resampling.LANCZOS)):
        pad = 6
        wide = np.pad(image, pad, mode="symmetric").astype(np.float32)
        big = Image.fromarray(wide).resize((wide.shape[1] * scale, wide.shape[0] * scale), kernel)
        out = np.asarray(big)[pad * scale : -pad * scale, pad * scale : -pad * scale]
        values = [round(float(v), 8) for v in out.ravel()]
        cases.append(dict(method=name, scale=scale, tolerance=2e-6, values=values))
(pathlib.Path(__file__).parent / "interpolation.json").write_text(json.dumps(dict(width=W, height=H, cases=cases)))

# The slice of ScoresTests.swift: a disc of structure on 0, and an estimate that is wrong by a pattern.
W, H, RANGE = 48, 40, 900.0
y, x = np.mgrid[0:H, 0:W].astype(np.float64)
inside = (x - 23.5) ** 2 / 400 + (y - 19.5) ** 2 / 280 < 1
truth = np.where(inside, 500 + 200 * np.sin(x / 3) * np.cos(y / 4) + 5 * x, 0)
image = truth + 15 * np.sin(x * y / 7) + 4
low = truth.reshape(H // 2, 2, W // 2, 2).mean((1, 3))
small = image.reshape(H // 2, 2, W // 2, 2).mean((1, 3))
within = inside.reshape(H // 2, 2, W // 2, 2).sum((1, 3)) >= 2
scores = dict(
    psnr=peak_signal_noise_ratio(truth[inside], image[inside], data_range=RANGE),
    psnr_all=peak_signal_noise_ratio(truth, image, data_range=RANGE),
    lr_psnr=peak_signal_noise_ratio(low[within], small[within], data_range=RANGE),
    lr_psnr_all=peak_signal_noise_ratio(low, small, data_range=RANGE),
    mae=np.abs(image - truth)[inside].mean(),
    mae_background=np.abs(image - truth)[~inside].mean(),
    bias=(image - truth)[inside].mean(),
)
for name, r, settings in (
    ("ssim", 5, dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)),
    ("ssim7", 3, {}),
):
    mean, full = structural_similarity(truth, image, data_range=RANGE, full=True, **settings)
    inner = (slice(r, -r),) * 2
    scores[name + "_all"] = mean
    scores[name] = full[inner][inside[inner]].mean()
gy, gx = np.gradient(truth)
steep = np.where(inside, np.hypot(gx, gy), -1)
count = round(inside.sum() * 0.2)
edges = steep >= np.sort(steep[inside])[-count]
scores["mae_edges"] = np.abs(image - truth)[edges].mean()
(pathlib.Path(__file__).parent / "scores.json").write_text(json.dumps({k: float(v) for k, v in scores.items()}, indent=1))
