#!/usr/bin/env python3
"""How well can the size of the error be ranked at all? Spearman's rank correlation with |truth - mean|, per subject over the foreground, of

  - sigma over the samples;
  - sigma smoothed over its neighbourhood;
  - what a regression learned from true errors: gradient-boosted trees on 32 local features of the outputs, fitted on the calibration subjects and
    asked about subjects it has not seen.

The last has been told where errors were large, which a sampler has to find out: what it reaches is a mark to hold sigma against. A better regression may reach more.

  residua evaluate $RESIDUA_DATA/mri/calibration/sub-*.nii.gz --output CALIBRATION --every 20 --methods bicubic encoder sample mean --keep
  residua evaluate $RESIDUA_DATA/mri/validation/sub-*_T1w.nii.gz --output VALIDATION --slices Examples/Benchmarks/validation-slices.csv \
    --methods bicubic encoder sample mean --keep
  python3 Examples/Benchmarks/error_ranking.py CALIBRATION/kept VALIDATION/kept

Needs nibabel, numpy, scipy and scikit-learn. Half a minute on two cores.
"""
import sys
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage, stats
from sklearn.ensemble import HistGradientBoostingRegressor

WIDTHS = (1, 2, 4, 8)
PIXELS_PER_SUBJECT = 40_000


class Subject:
    """Features of the foreground's pixels, one row each, and the error's size; intensities in shares of the range of its kept slices."""

    def __init__(self, folder):
        def image(name):
            return np.asarray(nibabel.load(folder / f"{name}.nii").dataobj, float)

        truth = image("truth")
        scale = 1 / np.percentile(truth[truth > 0], 99.5)
        base, encoder, mean = (image(name) * scale for name in ("bicubic", "encoder", "mean"))
        samples = np.stack([image(path.stem) for path in sorted(folder.glob("sample-*.nii"))]) * scale
        self.inside = np.flatnonzero(image("foreground").ravel() > 0)
        sigma = samples.std(axis=0, ddof=1)
        self.error = self._rows([np.abs(truth * scale - mean)])[:, 0]
        self.seen = self._rows(self._features(base, encoder, mean))
        self.spread = self._rows([sigma] + [self._smooth(sigma**2, width) ** 0.5 for width in WIDTHS])

    def _rows(self, images):
        return np.stack([image.ravel()[self.inside] for image in images], axis=1)

    @staticmethod
    def _smooth(image, width):
        # Slices are not neighbours of one another: only some were evaluated.
        return ndimage.gaussian_filter(image, (width, width, 0))

    def _features(self, base, encoder, mean):
        for width in WIDTHS:
            for image in (base, encoder):
                local = self._smooth(image, width)
                yield local
                yield np.sqrt(np.maximum(self._smooth(image**2, width) - local**2, 0))
            yield self._smooth(np.abs(encoder - base), width)
            yield self._smooth(np.abs(mean - encoder), width)
        across, along = np.gradient(encoder, axis=0), np.gradient(encoder, axis=1)
        bend = sum(ndimage.correlate1d(encoder, [1, -2, 1], axis=axis) for axis in (0, 1))
        yield from (np.abs(across), np.abs(along), np.hypot(across, along), np.abs(bend))
        yield from (base, encoder, np.abs(encoder - base))
        yield np.hypot(np.gradient(base, axis=0), np.gradient(base, axis=1))


def subjects(folder):
    found = [Subject(path) for path in sorted(Path(folder).iterdir()) if path.is_dir()]
    if not found:
        sys.exit(f"{folder}: no subject in it. It is the folder 'kept' of residua evaluate --keep.")
    return found


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    known, asked = subjects(sys.argv[1]), subjects(sys.argv[2])

    def show(name, predict):
        found = [stats.spearmanr(predict(one), one.error)[0] for one in asked]
        print(f"| {name} | {np.mean(found):.3f} | {min(found):.3f} | {max(found):.3f} |", flush=True)

    print(f"| ranks \\|error\\| by | Spearman, mean of {len(asked)} subjects | lowest | highest |\n| --- | --- | --- | --- |")
    show("σ", lambda one: one.spread[:, 0])
    for k, width in enumerate(WIDTHS):
        show(f"σ smoothed over {width} pixel{'s' if width > 1 else ''}", lambda one: one.spread[:, k + 1])
    random = np.random.default_rng(0)
    chosen = [random.choice(len(one.error), min(PIXELS_PER_SUBJECT, len(one.error)), replace=False) for one in known]
    target = np.log(np.concatenate([one.error[rows] for one, rows in zip(known, chosen)]) + 1e-3)
    inputs = {
        "a regression on images": lambda one: one.seen,
        "a regression on images and σ": lambda one: np.hstack([one.seen, one.spread]),
    }
    for name, of in inputs.items():
        trees = HistGradientBoostingRegressor(
            max_iter=300, learning_rate=0.1, max_leaf_nodes=63, l2_regularization=1, random_state=0
        )
        trees.fit(np.concatenate([of(one)[rows] for one, rows in zip(known, chosen)]), target)
        show(name, lambda one: trees.predict(of(one)))


if __name__ == "__main__":
    main()
