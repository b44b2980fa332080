"""Writes metrics.json and student.json: what scikit-image, SciPy and plain NumPy say. See COMMANDS."""
import json
import pathlib

import numpy as np
import scipy.stats
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20220701)


def listed(a):
    return np.asarray(a, float).ravel().tolist()


def image_case(w, h, noise, offset, data_range):
    y, x = np.mgrid[0:h, 0:w]
    a = 0.5 + 0.3 * np.sin(x / 3.1) * np.cos(y / 4.7) + 0.1 * rng.standard_normal((h, w))
    b = a + noise * rng.standard_normal((h, w)) + 0.05 * np.sin(x)
    a, b = (offset + data_range * v for v in (a, b))
    a, b = a.round(4), b.round(4)
    mask = (x - w / 2) ** 2 / (0.4 * w) ** 2 + (y - h / 2) ** 2 / (0.45 * h) ** 2 < 1
    gaussian = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=data_range)
    out = dict(width=w, height=h, dataRange=data_range, a=listed(a), b=listed(b), mask=mask.ravel().tolist())
    out["psnr"] = peak_signal_noise_ratio(a, b, data_range=data_range)
    out["psnrMasked"] = 10 * np.log10(data_range**2 / np.mean((a - b)[mask] ** 2))
    out["mae"] = np.mean(np.abs(b - a))
    out["rmse"] = np.sqrt(np.mean((b - a) ** 2))
    out["bias"] = np.mean(b - a)
    for name, options, r in (("Gaussian", gaussian, 5), ("Uniform", dict(data_range=data_range), 3)):
        mean, full = structural_similarity(a, b, full=True, **options)
        inner = np.zeros_like(mask)
        inner[r:-r, r:-r] = True
        out["ssim" + name] = mean
        out["ssim" + name + "Masked"] = np.mean(full[mask & inner])
    return out


def ensemble_case(n_voxels, n, bias, inflation, ties):
    """Voxels with a posterior of their own; the sampler's is biased and inflated."""
    mu = rng.normal(0, 3, n_voxels)
    sd = np.exp(rng.normal(0, 0.7, n_voxels))
    y = mu + sd * rng.standard_normal(n_voxels)
    x = mu + bias * sd + inflation * sd * rng.standard_normal((n, n_voxels))
    digits = 1 if ties else 5
    x, y = x.round(digits), y.round(digits)
    out = dict(samples=[listed(row) for row in x], truth=listed(y))
    m, s = x.mean(0), x.std(0, ddof=1)
    err = np.abs(y - m)
    out["mean"], out["deviation"] = listed(m), listed(s)
    ranks = np.zeros(n + 1)
    for i in range(n_voxels):
        below, equal = (x[:, i] < y[i]).sum(), (x[:, i] == y[i]).sum()
        ranks[below:below + equal + 1] += 1 / (equal + 1)
    out["ranks"] = listed(ranks)
    pairs = np.abs(x[:, None] - x[None]).sum((0, 1))
    out["crps"] = np.mean(np.abs(x - y).mean(0) - pairs / (2 * n * (n - 1)))
    out["skill"] = np.sqrt(np.mean(err**2))
    out["spread"] = np.sqrt((1 + 1 / n) * np.mean(s**2))
    out["gain"] = 10 * np.log10(np.mean((x - y) ** 2) / np.mean(err**2))
    out["levels"] = []
    inside = {}
    for c in (0.5, 0.8, 0.9, 0.95):
        f = scipy.stats.t.ppf((1 + c) / 2, n - 1) * np.sqrt(1 + 1 / n)
        lo, hi = m - f * s, m + f * s
        inside[c] = (y >= lo) & (y <= hi)
        score = hi - lo + 2 / (1 - c) * (np.maximum(lo - y, 0) + np.maximum(y - hi, 0))
        out["levels"].append([c, inside[c].mean(), (hi - lo).mean(), score.mean()])
    out["spearman"] = scipy.stats.spearmanr(s, err).statistic
    order = np.argsort(s, kind="stable")
    bins = np.array_split(order, 10)
    out["bins"] = [
        [np.sqrt((1 + 1 / n) * np.mean(s[b] ** 2)), np.sqrt(np.mean(err[b] ** 2)), err[b].mean(), inside[0.9][b].mean()]
        for b in bins]
    out["ence"] = np.mean([abs(e - r) / e for e, r, _, _ in out["bins"]])
    steps = 20
    curve, oracle = [], []
    for k in range(steps):
        keep = n_voxels - k * n_voxels // steps
        curve.append(err[order[:keep]].mean())
        oracle.append(np.sort(err)[:keep].mean())
    curve, oracle = np.array(curve), np.array(oracle)
    out["curve"], out["oracle"] = listed(curve), listed(oracle)
    out["ause"] = np.trapezoid(curve - oracle, dx=1 / steps) / curve[0]
    out["auseConstant"] = np.trapezoid(curve[0] - oracle, dx=1 / steps) / curve[0]
    tau = 0.6
    f = scipy.stats.t.ppf(0.95, n - 1) * np.sqrt(1 + 1 / n)
    ratio = np.sort(err / (f * np.sqrt(s**2 + tau**2)))
    out["tau"], out["conformal"] = tau, ratio[int(np.ceil(0.9 * n_voxels)) - 1]
    return out


metrics = dict(
    versions=dict(skimage=skimage.__version__, scipy=scipy.__version__, numpy=np.__version__),
    images=[image_case(23, 31, 0.05, 0, 1.0), image_case(40, 13, 0.3, -1000, 4096.0), image_case(11, 11, 0.1, 0, 2.0)],
    ensembles=[ensemble_case(200, 8, 0, 1, False), ensemble_case(200, 4, 0.7, 0.6, True)])
(here / "metrics.json").write_text(json.dumps(metrics))

student = []
for v in (1, 2, 3, 7, 15, 31, 63.5, 300, 10_000):
    for p in (1e-6, 0.001, 0.025, 0.1, 0.4, 0.499, 0.75, 0.9, 0.95, 0.975, 0.999, 1 - 1e-6):
        t = scipy.stats.t.ppf(p, v)
        student.append([v, p, t, scipy.stats.t.cdf(t, v)])
(here / "student.json").write_text(json.dumps(student))
