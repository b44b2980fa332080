"""Cuts the bundled sample from a CC0 scan and halves it in-plane.

    python Examples/Data/make_sample.py ../shared/data/mri/validation/sub-16_T1w.nii.gz Examples/Data

Writes sub-16_T1w_cut.nii.gz (the scan as it is, 20 axial slices, cropped to the brain) and sub-16_T1w_half.nii.gz
(the same slices, halved in-plane by antialiased bicubic resampling: Keys a = -0.5, half-pixel centres, symmetric edges).
"""

import sys
from pathlib import Path

import nibabel
import numpy


def keys(x, a=-0.5):
    x = abs(x)
    return numpy.where(
        x <= 1, (a + 2) * x**3 - (a + 3) * x**2 + 1, numpy.where(x < 2, a * (x**3 - 5 * x**2 + 8 * x - 4), 0.0)
    )


def halving(size):
    """The matrix that halves `size` samples."""
    matrix = numpy.zeros((size // 2, size))
    for row in range(size // 2):
        centre = 2 * row + 0.5
        for tap in range(2 * row - 4, 2 * row + 6):
            folded = tap % (2 * size)
            folded = folded if folded < size else 2 * size - 1 - folded
            matrix[row, folded] += keys((tap - centre) / 2)
    return matrix / matrix.sum(1, keepdims=True)


def write(values, affine, path):
    image = nibabel.Nifti1Image(values, affine)
    image.header.set_xyzt_units("mm", "sec")
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    nibabel.save(image, path)


def main(source, folder):
    scan = nibabel.load(source)
    slices = slice(66, 86)
    values = scan.get_fdata()[:, :, slices]
    brain = values > 0
    i = numpy.where(brain.any((1, 2)))[0]
    j = numpy.where(brain.any((0, 2)))[0]
    size = [(int(n[-1] - n[0]) + 2) // 2 * 2 for n in (i, j)]
    first = [min(int(n[0]), total - s) for n, total, s in zip((i, j), values.shape, size)]
    values = values[first[0] : first[0] + size[0], first[1] : first[1] + size[1]]
    affine = scan.affine.copy()
    affine[:3, 3] = (scan.affine @ [*first, slices.start, 1])[:3]
    write(numpy.rint(values).astype(numpy.int16), affine, Path(folder) / "sub-16_T1w_cut.nii.gz")

    half = numpy.einsum("ai,ijk,bj->abk", halving(size[0]), values, halving(size[1]))
    coarse = affine.copy()
    coarse[:3, :2] *= 2
    coarse[:3, 3] += (affine[:3, 0] + affine[:3, 1]) / 2
    write(numpy.rint(half).astype(numpy.int16), coarse, Path(folder) / "sub-16_T1w_half.nii.gz")


if __name__ == "__main__":
    main(*sys.argv[1:])
