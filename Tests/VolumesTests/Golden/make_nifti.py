"""Makes the NIfTI goldens: what nibabel says about files, and small files that nibabel wrote.

    python Tests/VolumesTests/Golden/make_nifti.py SCANS

SCANS is the folder with nifti/orientations and nifti/edge_cases. Written beside this script:
  orientations.json, edge_cases.json   size, outer corners in mm, codes, sums and a few values, by nibabel
  nifti/                               3 x 4 x 5 (x 2) volumes of every type, order and version, pairs, odd headers
  variants.json                        the values of those
"""

import gzip
import json
import struct
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

HERE = Path(__file__).parent
SCANS = Path(sys.argv[1])


def corners(affine, shape):
    return [
        [float(v) for v in (affine @ [i, j, k, 1])[:3]]
        for k in (-0.5, shape[2] - 0.5)
        for j in (-0.5, shape[1] - 0.5)
        for i in (-0.5, shape[0] - 0.5)
    ]


def describe(path):
    image = nib.load(path)
    shape = (list(image.shape) + [1, 1, 1])[:3]
    data = image.get_fdata().reshape(*shape, -1, order="F")
    finite = data[np.isfinite(data)]
    picks = []
    for f in (0, data.shape[3] - 1):
        for at in ((0, 0, 0), (shape[0] // 2, shape[1] // 2, shape[2] // 2), (shape[0] - 1, shape[1] // 3, shape[2] - 1)):
            value = float(data[(*at, f)])
            picks.append([*map(int, at), int(f), value if np.isfinite(value) else None])
    form = lambda pair: None if pair[0] is None or pair[1] == 0 else corners(pair[0], shape)
    header = image.header
    return {
        "shape": list(map(int, image.shape)),
        "corners": corners(image.affine, shape),
        "sform": form(header.get_sform(coded=True)),
        "qform": form(header.get_qform(coded=True)),
        "codes": [int(header["sform_code"]), int(header["qform_code"])],
        "axes": "".join(nib.aff2axcodes(image.affine)),
        "type": str(image.get_data_dtype().newbyteorder("=")),
        "sum": float(finite.sum()),
        "picks": picks,
    }


def variants():
    """Every real type, both orders and versions, pairs, packed or not: values counted up from the type's low end."""
    out = HERE / "nifti"
    out.mkdir(exist_ok=True)
    shape = (3, 4, 5)
    affine = np.array([[-2, 0.1, 0.05, 10], [0.1, 3, -0.2, -20], [0.07, 0.3, 4.5, 5], [0, 0, 0, 1.0]])
    said = {}

    def save(name, image):
        image.header.set_xyzt_units("mm", "sec")
        nib.save(image, out / name)
        loaded = nib.load(out / name)
        said[name] = {
            "values": [float(v) for v in loaded.get_fdata().reshape(-1, order="F")],
            "corners": corners(loaded.affine, shape),
            "type": str(loaded.get_data_dtype().newbyteorder("=")),
        }

    for version, single, pair in ((1, nib.Nifti1Image, nib.Nifti1Pair), (2, nib.Nifti2Image, nib.Nifti2Pair)):
        for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
            for order in "<>":
                dtype = np.dtype(order + kind)
                if dtype.kind == "f":
                    values = np.linspace(-1.5, 7.25, 60)
                else:
                    info = np.iinfo(dtype)
                    step = min(1000003, (int(info.max) - int(info.min)) // 60)
                    values = np.array([int(info.min) + step * n for n in range(60)], dtype=object)
                header = single.header_class(endianness=order)
                header.set_data_dtype(dtype)
                image = single(values.astype(dtype).reshape(shape, order="F"), affine, header)
                save(f"v{version}_{kind}_{'little' if order == '<' else 'big'}.nii.gz", image)
        values = np.arange(60, dtype=np.int16).reshape(shape, order="F")
        save(f"v{version}_pair.hdr", pair(values, affine))
        save(f"v{version}_pair_packed.hdr.gz", pair(values, affine))
    floats = np.arange(60, dtype=np.float32).reshape(shape, order="F")
    floats[1, 2, 3], floats[2, 1, 0], floats[0, 0, 4] = np.nan, np.inf, -np.inf
    image = nib.Nifti1Image(floats, affine)
    nib.save(image, out / "not_finite.nii")
    scaled = nib.Nifti1Image(np.arange(60, dtype=np.int16).reshape(shape, order="F"), affine)
    scaled.header.set_slope_inter(0.25, -3)
    path = out / "scaled.nii"
    nib.save(scaled, path)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<ff", raw, 112, 0.25, -3)
    struct.pack_into("<60h", raw, 352, *range(60))
    path.write_bytes(raw)
    said["scaled.nii"] = {
        "values": [float(v) for v in nib.load(path).get_fdata().reshape(-1, order="F")],
        "corners": corners(nib.load(path).affine, shape),
        "type": "int16",
    }
    five = nib.Nifti1Image(np.arange(360, dtype=np.uint16).reshape(3, 4, 5, 2, 3, order="F"), affine)
    save("five_dimensions.nii", five)
    extended = nib.Nifti1Image(np.arange(60, dtype=np.uint8).reshape(shape, order="F"), affine)
    extended.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"the first comment"))
    extended.header.extensions.append(nib.nifti1.Nifti1Extension("afni", b"<AFNI_attributes/>"))
    extended.header["intent_code"], extended.header["intent_name"] = 5, b"z of a test"
    extended.header["intent_p1"] = 2.5
    extended.header["descrip"] = b"a volume of sixty"
    extended.header["aux_file"] = b"beside.txt"
    extended.header["cal_max"] = 59
    extended.header["toffset"] = 1.25
    extended.header.set_dim_info(0, 1, 2)
    extended.header["slice_code"], extended.header["slice_end"] = 3, 4
    extended.header["slice_duration"] = 0.125
    save("extended.nii", extended)
    for path in out.glob("*.gz"):
        # nibabel's gzip headers hold the time; the same bytes every time are easier to keep.
        content = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(content, 9, mtime=0))
    return said


def write(name, value):
    (HERE / name).write_text(json.dumps(value, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    nifti = SCANS / "nifti"
    write("orientations.json", {p.name: describe(p) for p in sorted((nifti / "orientations").glob("*.nii.gz"))})
    readable = [
        "anatomical.nii", "draw.nii.gz", "example4d.nii.gz", "example_nifti2.nii.gz", "functional.nii",
        "reoriented_anat_moved.nii", "resampled_anat_moved.nii", "someones_anatomy.nii.gz", "someones_epi.nii.gz",
        "standard.nii.gz",
    ]
    write("edge_cases.json", {name: describe(nifti / "edge_cases" / name) for name in readable})
    write("variants.json", variants())
