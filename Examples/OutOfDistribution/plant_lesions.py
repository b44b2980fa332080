#!/usr/bin/env python3
"""Plants lesions into a brain: balls of 4, 6, 9 and 12 mm across, darker or brighter than the tissue around them, with a soft edge and a fine
texture of their own, in two slices about the middle. Nothing like them is in the training set.

    plant_lesions.py IN.nii.gz OUT.nii.gz MASK.nii.gz      (numpy, nibabel)

Places are drawn by a seed from the scan's name among voxels that lie deep inside the brain. Lesions are the same for a given scan.
"""
import pathlib
import sys
import zlib

import nibabel
import numpy as np

source, target, mask_file = map(pathlib.Path, sys.argv[1:4])
image = nibabel.load(source)
values = np.asarray(image.dataobj, np.float32)
spacing = np.array(image.header.get_zooms()[:3])
rng = np.random.default_rng(zlib.crc32(source.name.encode()))
unit = np.percentile(values[values > 0], 99.5)
grid = np.indices(values.shape).transpose(1, 2, 3, 0) * spacing
mask = np.zeros(values.shape, np.uint8)
middle = values.shape[2] // 2
for number, diameter in enumerate((4, 6, 9, 12)):
    k = middle + (-6, 6)[number % 2]
    deep = values[:, :, k] > 0.25 * unit
    reach = int(np.ceil((diameter / 2 + 4) / spacing[:2].min()))
    for axis in (0, 1):
        for step in range(1, reach + 1):
            deep &= np.roll(values[:, :, k] > 0, step, axis) & np.roll(values[:, :, k] > 0, -step, axis)
    for sign in (-1, 1):
        places = np.argwhere(deep & (mask[:, :, k] == 0))
        centre = np.append(places[rng.integers(len(places))], k) * spacing
        distance = np.sqrt(((grid - centre) ** 2).sum(-1))
        ball = 1 / (1 + np.exp((distance - diameter / 2) / 0.4))
        near = distance < diameter / 2 + 3
        texture = rng.normal(0, 0.05 * unit, values.shape)
        values = np.where(near, values + ball * (sign * 0.25 * unit + texture), values)
        mask[distance < diameter / 2] = number + 1
values = np.where(np.asarray(image.dataobj) == 0, 0, np.clip(values, 1e-3 * unit, None)).astype(np.float32)
header = image.header.copy()
header.set_data_dtype(np.float32)
header.set_slope_inter(1, 0)
nibabel.save(nibabel.Nifti1Image(values, image.affine, header), target)
header.set_data_dtype(np.uint8)
nibabel.save(nibabel.Nifti1Image(mask, image.affine, header), mask_file)
print(middle - 6, middle + 6)
