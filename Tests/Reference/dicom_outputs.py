"""Reads a derived series and a parametric map with pydicom and highdicom; by hand, CI does not need it.

    python Tests/Reference/dicom_outputs.py SOURCE_DIR DERIVED_DIR MAP_FILE

Prints one line per check and exits 1 where one fails.
"""

import sys
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom

source_dir, derived_dir, map_file = map(Path, sys.argv[1:4])
failed = False


def check(name, ok, detail=""):
    global failed
    failed |= not ok
    print(("ok    " if ok else "FAILS ") + name + (f"  {detail}" if detail else ""))


def readable(path):
    try:
        return pydicom.dcmread(path)
    except pydicom.errors.InvalidDicomError:
        return None


sources = [d for d in map(readable, sorted(p for p in source_dir.rglob("*") if p.is_file())) if d is not None]
derived = [pydicom.dcmread(p) for p in sorted(derived_dir.glob("*.dcm"))]
first = derived[0]
check("one file per slice", len(derived) > 0, f"{len(derived)} files of {first.Rows} x {first.Columns}")
check("own series", first.SeriesInstanceUID not in {s.SeriesInstanceUID for s in sources})
check("own instances", len({d.SOPInstanceUID for d in derived}) == len(derived))
check("same study", {d.StudyInstanceUID for d in derived} == {sources[0].StudyInstanceUID})
# One for the series, also where the source's slices have none, or each its own.
frames_of_reference = {s.get("FrameOfReferenceUID") for s in sources}
own = {d.FrameOfReferenceUID for d in derived}
check("one frame of reference, the source's where it has one", len(own) == 1 and (own <= frames_of_reference or frames_of_reference == {None}))
known = {s.SOPInstanceUID for s in sources}
check("every source image exists", all(i.ReferencedSOPInstanceUID in known for d in derived for i in d.SourceImageSequence))
check("no private element", not any(e.tag.is_private for d in derived for e in d.iterall()))
check("derived", all(list(d.ImageType[:2]) == ["DERIVED", "SECONDARY"] for d in derived))



def corner(position, orientation, spacing):
    """The outer corner of the first pixel, which has to stay where it was."""
    o = np.array(orientation, float)
    r, c = map(float, spacing)
    return np.array(position, float) - o[:3] * c / 2 - o[3:] * r / 2


def source_corner(item):
    s = by_source[item.ReferencedSOPInstanceUID]
    if "PerFrameFunctionalGroupsSequence" not in s:
        return corner(s.ImagePositionPatient, s.ImageOrientationPatient, s.PixelSpacing)
    frame, shared = s.PerFrameFunctionalGroupsSequence[int(item.ReferencedFrameNumber) - 1], s.SharedFunctionalGroupsSequence[0]
    group = lambda name: (frame if name in frame else shared)[name][0]
    return corner(
        group("PlanePositionSequence").ImagePositionPatient, group("PlaneOrientationSequence").ImageOrientationPatient,
        group("PixelMeasuresSequence").PixelSpacing)


by_source = {s.SOPInstanceUID: s for s in sources}
worst = max(
    float(np.abs(corner(d.ImagePositionPatient, d.ImageOrientationPatient, d.PixelSpacing) - source_corner(d.SourceImageSequence[0])).max())
    for d in derived)
check("outer corner unmoved", worst < 1e-3, f"{worst:.2e} mm")

pmap = pydicom.dcmread(map_file)
check("map class", pmap.SOPClassUID == "1.2.840.10008.5.1.4.1.1.30", pmap.SOPClassUID.name)
frames = np.frombuffer(pmap.FloatPixelData, "<f4").reshape(int(pmap.NumberOfFrames), pmap.Rows, pmap.Columns)
check("map frames", len(frames) == len(derived), f"{frames.shape}, {frames.min():.4g} ... {frames.max():.4g}")
by_uid = {d.SOPInstanceUID: d for d in derived}
placed = all(
    np.allclose(
        np.array(g.PlanePositionSequence[0].ImagePositionPatient, float),
        np.array(by_uid[g.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID].ImagePositionPatient, float),
        atol=1e-4)
    for g in pmap.PerFrameFunctionalGroupsSequence)
check("map frames lie on their slices", placed)
mapping = pmap.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
check("map unit", True, mapping.MeasurementUnitsCodeSequence[0].CodeMeaning)

image = hd.Image.from_dataset(pmap) if hasattr(hd, "Image") else None
if image is not None:
    stored = image.get_frames(apply_real_world_transform=True)
    check("highdicom frames", np.array_equal(np.asarray(stored, np.float32), frames))
    geometry = image.get_volume_geometry()
    check("highdicom geometry", geometry is not None, str(None if geometry is None else geometry.spatial_shape))
# Repetitions are volumes of their own; the second and later ones begin anew at the first position.
count = len({tuple(d.ImagePositionPatient) for d in derived})
if hasattr(hd, "get_volume_from_series") and count > 1:
    tilted = "TiltedSeries" if abs(np.dot(
        np.array(derived[1].ImagePositionPatient, float) - np.array(first.ImagePositionPatient, float),
        np.array(first.ImageOrientationPatient[:3], float))) > 1e-3 else ""
    for start in range(0, len(derived) if not tilted else 0, count):
        volume = hd.get_volume_from_series(derived[start:start + count], dtype=np.float64)
        check(f"highdicom volume of the series, repetition {start // count + 1}", volume.spatial_shape == (count, first.Rows, first.Columns), str(volume.spatial_shape))
sys.exit(failed)
