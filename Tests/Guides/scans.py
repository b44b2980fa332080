"""What the guides' commands work on: small pieces of real scans, under the names that the guides use."""

import shutil
import subprocess
from pathlib import Path

import nibabel
import numpy


def crop(source, target, start, size):
    """A piece of a volume, where it lay."""
    image = nibabel.load(source)
    region = tuple(slice(s, s + n) for s, n in zip(start, size))
    values = numpy.asarray(image.dataobj)[region]
    affine = image.affine.copy()
    affine[:3, 3] = image.affine[:3, :3] @ start + image.affine[:3, 3]
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    piece = nibabel.Nifti1Image(values.astype(numpy.int16), affine)
    piece.header.set_xyzt_units("mm", "sec")
    nibabel.save(piece, target)


def labels_of(scan, target, factor=1):
    """Two regions on the scan's grid, or on one `factor` times as fine in the plane."""
    image = nibabel.load(scan)
    values = numpy.asarray(image.dataobj)
    bright = (values > numpy.median(values)).astype(numpy.uint8) + 1
    affine = image.affine.copy()
    if factor > 1:
        bright = bright.repeat(factor, 0).repeat(factor, 1)
        affine[:3, 3] += affine[:3, :2].sum(axis=1) * (1 / factor - 1) / 2
        affine[:3, :2] /= factor
    nibabel.save(nibabel.Nifti1Image(bright, affine), target)


def prepare(folder, repository, data):
    """Fills a folder. `data` holds the scans that are no part of the repository (`$RESIDUA_DATA`), or is None."""
    folder = Path(folder)
    half = repository / "Examples/Data/sub-16_T1w_half.nii.gz"
    full = repository / "Examples/Data/sub-16_T1w_cut.nii.gz"
    shape = nibabel.load(half).shape
    middle = [shape[0] // 2 - 12, shape[1] // 2 - 14, 8]
    scan = folder / "scan.nii.gz"
    crop(half, scan, middle, (24, 28, 3))
    for name in ("in", "sub-08_T1w", "A", "a"):
        shutil.copy(scan, folder / f"{name}.nii.gz")
    # The second image of a fusion: the truth, on the grid of the output; for `A`, `B`, on the scan's.
    crop(half, folder / "B.nii.gz", [middle[0] + 2, middle[1], 8], (24, 28, 3))
    shifted = nibabel.load(folder / "B.nii.gz")
    nibabel.save(nibabel.Nifti1Image(numpy.asarray(shifted.dataobj), nibabel.load(scan).affine), folder / "B.nii.gz")
    shutil.copy(folder / "B.nii.gz", folder / "b_x2.nii.gz")
    for name in ("labels", "MASK", "mask", "lesion"):
        labels_of(scan, folder / f"{name}.nii.gz")
    labels_of(scan, folder / "labels_x2.nii.gz", factor=2)

    # Scans of high resolution, of several subjects: pieces of one, or of those in $RESIDUA_DATA.
    subjects = sorted((data / "mri/calibration").glob("sub-*.nii.gz")) if data else []
    for number in range(3):
        source = subjects[number] if number < len(subjects) else full
        place = [n // 2 - 24 for n in nibabel.load(source).shape[:2]] + [nibabel.load(source).shape[2] // 2]
        for name in ("SCANS", "calibration-scans"):
            crop(source, folder / name / f"sub-{number + 1:02}_T1w.nii.gz", place, (48, 48, 2))
    for study in ("STUDY", "INPUT", "data/study"):
        for number in (1, 2):
            target = folder / study / f"sub-{number:02}" / "T1.nii.gz"
            target.parent.mkdir(parents=True)
            shutil.copy(scan, target)
    for number in (1, 2):
        labels_of(scan, folder / f"INPUT/sub-{number:02}/T1_mask.nii.gz")
        segmented = folder / f"segmented/sub-{number:02}"
        segmented.mkdir(parents=True)
        labels_of(scan, segmented / "T1_v7_aseg.nii.gz")
    for dataset in ("BIDS", "BIDS_DIR"):
        for number in (1, 2):
            target = folder / dataset / f"sub-{number:02}/anat/sub-{number:02}_T1w.nii.gz"
            target.parent.mkdir(parents=True)
            shutil.copy(scan, target)
            prepared = folder / dataset / f"derivatives/prepared/sub-{number:02}/anat"
            prepared.mkdir(parents=True)
            for name in ("desc-brain_mask", "desc-aseg_dseg"):
                labels_of(scan, prepared / f"sub-{number:02}_{name}.nii.gz")
        (folder / dataset / "dataset_description.json").write_text('{"Name": "two", "BIDSVersion": "1.10.0"}\n')
    (folder / "jobs.csv").write_text("input,output\nSTUDY/sub-01/T1.nii.gz,first/T1\nSTUDY/sub-02/T1.nii.gz,second/T1\n")

    model = repository / "Sources/SuperResolution/Models/default-x2.safetensors"
    for name in ("MODEL", "my-model.safetensors"):
        shutil.copy(model, folder / name)
    tiny = f"""model: {{encoder_features: 8, encoder_blocks: 2, dim: 8, mults: [1, 2, 2]}}
data: {{train: [{folder}/SCANS], validation_subjects: 1}}
encoder: {{updates: 4, batch: 2, patch: 16, warm_up: 1}}
predictor: {{updates: 4, batch: 2, patch: 16, warm_up: 1}}
upkeep: {{checkpoint_every: 4, validate_every: 4, validation_slices: 1, validation_samples: 2, validation_steps: 2, log_every: 1}}
"""
    for name in ("config.yaml", "my.yaml"):
        (folder / name).write_text(tiny)
    if data:
        # Real headers and no patient: a piece of a fruit (BSD-2).
        (folder / "SERIES_DIR").mkdir()
        for file in sorted((data / "dicom/fruit_mr").glob("*.dcm"))[:2]:
            subprocess.run(["dcmscale", "+C", "110", "110", "32", "36", file, folder / "SERIES_DIR" / file.name], check=True)
        # An archive with a series 5 in two parts: the same pictures whole and cut, under one UID.
        archive = folder / "ARCHIVE_DIR"
        archive.mkdir()
        files = sorted((data / "dicom/fruit_mr").glob("*.dcm"))[:4]
        for number, file in enumerate(files):
            size = ("32", "36") if number < 2 else ("24", "28")
            subprocess.run(["dcmscale", "+C", "110", "110", *size, file, archive / file.name], check=True)
        subprocess.run(["dcmodify", "-nb", "-m", "SeriesNumber=5", *(archive / f.name for f in files)], check=True)
    # Scripts that go to the repository's root come here.
    (folder / "Examples").symlink_to(repository / "Examples")
