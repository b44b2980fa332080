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
check("same frame of reference", {d.FrameOfReferenceUID for d in derived} == {sources[0].FrameOfReferenceUID})
known = {s.SOPInstanceUID for s in sources}
check("every source image exists", all(i.ReferencedSOPInstanceUID in known for d in derived for i in d.SourceImageSequence))
check("no private element", not any(e.tag.is_private for d in derived for e in d.iterall()))
check("derived", all(list(d.ImageType[:2]) == ["DERIVED", "SECONDARY"] for d in derived))

classic = {s.SOPInstanceUID: s for s in sources if "ImagePositionPatient" in s}
worst = 0.0
for d in derived:
    s = classic.get(d.SourceImageSequence[0].ReferencedSOPInstanceUID)
    if s is None:
        continue
    # The outer corner of the first pixel stays where it was.
    def corner(x):
        o = np.array(x.ImageOrientationPatient, float)
        r, c = map(float, x.PixelSpacing)
        return np.array(x.ImagePositionPatient, float) - o[:3] * c / 2 - o[3:] * r / 2
    worst = max(worst, float(np.abs(corner(d) - corner(s)).max()))
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
volume = hd.get_volume_from_series(derived, dtype=np.float64) if hasattr(hd, "get_volume_from_series") else None
if volume is not None:
    check("highdicom volume of the series", volume.spatial_shape == (len(derived), first.Rows, first.Columns), str(volume.spatial_shape))
sys.exit(failed)
