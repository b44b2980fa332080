"""Holds upscaled NIfTI outputs to nibabel: outer corners of sform and qform within 1e-4 mm of the input's, codes and units kept.

    RESIDUA_NIFTI_OUT=/tmp/upscaled swift test -c release --filter upscaledOrientationsKeepTheirCorners
    python Tests/Reference/check_nifti.py SCANS/nifti/orientations /tmp/upscaled
"""

import sys
from pathlib import Path

import nibabel as nib
import numpy as np


def corners(affine, shape):
    grid = np.array([[i, j, k, 1] for k in (-0.5, shape[2] - 0.5) for j in (-0.5, shape[1] - 0.5) for i in (-0.5, shape[0] - 0.5)])
    return (grid @ affine.T)[:, :3]


def sheared(affine):
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return np.abs(unit.T @ unit - np.eye(3)).max() > 1e-4


def check(before, after):
    a, b = nib.load(before), nib.load(after)
    problems = []
    worst = np.abs(corners(a.affine, a.shape) - corners(b.affine, b.shape)).max()
    for form in ("sform", "qform"):
        (old, old_code), (new, new_code) = (getattr(x.header, f"get_{form}")(coded=True) for x in (a, b))
        other = "qform" if form == "sform" else "sform"
        if old_code == 0:
            old, old_code = getattr(a.header, f"get_{other}")(coded=True)
        if old is None:
            # Neither form was set; nibabel's own guess from spacing alone was compared above.
            if new_code != 0:
                problems.append(f"{form}_code 0 became {new_code}")
            continue
        if new is None and form == "qform" and sheared(old):
            continue
        if old_code != new_code:
            problems.append(f"{form}_code {old_code} became {new_code}")
        worst = max(worst, np.abs(corners(old, a.shape) - corners(new, b.shape)).max())
    if worst > 1e-4:
        problems.append(f"corners moved by {worst} mm")
    if a.header.get_xyzt_units() != b.header.get_xyzt_units():
        problems.append("units changed")
    if not np.allclose(np.prod(b.header.get_zooms()[:3]) * np.prod(b.shape), np.prod(a.header.get_zooms()[:3]) * np.prod(a.shape)):
        problems.append("pixdim does not fit the size")
    # Nearest neighbours were written: every second voxel is the input's, whichever axes grew.
    step = tuple(slice(None, None, n // m) for m, n in zip(a.shape, b.shape))
    if not np.array_equal(np.asanyarray(a.dataobj), np.asanyarray(b.dataobj)[step]):
        problems.append("voxels differ")
    return worst, problems


before, after = Path(sys.argv[1]), Path(sys.argv[2])
failed, checked, overall = 0, 0, 0.0
for path in sorted(before.glob("*.nii.gz")):
    output = after / path.name if (after / path.name).exists() else after / path.stem
    worst, problems = check(path, output)
    checked, overall = checked + 1, max(overall, worst)
    if problems:
        failed += 1
        print(f"{path.name}: {'; '.join(problems)}")
print(f"{checked} files, {failed} with problems, corners within {overall:.2e} mm")
sys.exit(failed > 0)
