"""Plants a value in every attribute that PS3.15's basic profile names (2024b, table E.1-1), at the top and in a nested item, runs
`residua upscale --deidentify` on it, and looks for what is left. The table is not ours: dicom-anonymizer generates it from the
standard's text. By hand, CI does not need it.

    pip install pydicom numpy dicom-anonymizer
    python Tests/Reference/dicom_deidentified.py .build/release/residua

Prints one line per check and exits 1 where one fails.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2024b as profile
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

tool = Path(sys.argv[1]).resolve()
failed = False


def check(name, ok, detail=""):
    global failed
    failed |= not ok
    print(("ok    " if ok else "FAILS ") + name + (f"  {detail}" if detail else ""))


# What gives the picture its place, or what an output cannot be without: planting a word there would only make it unreadable.
needed = {(0x0008, 0x0018), (0x0020, 0x000D), (0x0020, 0x000E), (0x0020, 0x0052), (0x0008, 0x0016), (0x0040, 0xA730), (0x5400, 0x0100)}
planted = {}  # token -> tag


def token(tag, vr, n):
    if vr in ("DA",):
        text = f"1987{1 + n % 12:02}{1 + n % 28:02}"
    elif vr == "DT":
        text = f"1987{1 + n % 12:02}{1 + n % 28:02}11{n % 60:02}17"
    elif vr == "TM":
        text = f"1347{n % 60:02}.{100000 + n}"
    elif vr == "UI":
        text = f"1.2.3.999.{n}"
    elif vr == "AS":
        text = "087Y"
    elif vr in ("DS", "IS"):
        text = str(98760000 + n)
    elif vr in ("SH", "CS", "AE", "LO", "ST", "LT", "UC", "UT", "UR", "PN"):
        text = f"PLANT{n:04}"
    else:
        return None
    planted[text] = tag
    return text


def plant(ds, tags, depth):
    for n, tag in enumerate(tags):
        if len(tag) != 2 or tag in needed or tag[0] < 8:
            continue
        try:
            vr = dictionary_VR(tag)
        except KeyError:
            continue
        n += 1000 * depth
        if vr == "SQ":
            inner = Dataset()
            inner.PatientComments = token(tag, "LT", n)
            if depth == 0:
                inner.PersonName = token((0x0040, 0xA123), "PN", n + 500)
            ds.add_new(tag, "SQ", Sequence([inner]))
        else:
            text = token(tag, vr, n)
            if text is None:
                ds.add_new(tag, "OB" if "OB" in vr else vr.split(" ")[0], b"PLANTED!") if vr.startswith(("OB", "OW", "UN")) else None
            else:
                ds.add_new(tag, vr, text)


tags = sorted({t for name in dir(profile) if name.endswith("_TAGS") and name != "ALL_TAGS" for t in getattr(profile, name)})
with tempfile.TemporaryDirectory() as work:
    work = Path(work)
    source = work / "in"
    source.mkdir()
    for k in range(3):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        plant(ds, tags, 0)
        inner = Dataset()
        plant(inner, tags, 1)
        ds.add_new((0x0008, 0x1032), "SQ", Sequence([inner]))  # ProcedureCodeSequence, which the profile keeps
        ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, f"1.2.3.999.7{k}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3.999.1001", "1.2.3.999.1002", "1.2.3.999.1003"
        ds.PatientName, ds.PatientID, ds.PatientBirthDate = "PLANT^NAME", "PLANT-ID", "19870203"
        ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "MR", 7, k + 1
        ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        ds.ScanningSequence, ds.SequenceVariant, ds.EchoTime = "GR", "NONE", 3
        ds.SliceThickness, ds.PixelSpacing = 2.5, [0.8, 0.9]
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [-10, -20, 2.5 * k], [1, 0, 0, 0, 1, 0]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.Rows, ds.Columns = 12, 16
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.add_new((0x0009, 0x0010), "LO", "PLANT VENDOR")
        ds.add_new((0x0009, 0x1001), "LO", "PLANT PRIVATE")
        ds.PixelData = (np.arange(192) * 7 % 900 + 100).astype("<u2").tobytes()
        ds.save_as(source / f"{k}", enforce_file_format=True)

    run = subprocess.run(
        [tool, "upscale", source, work / "sr", "--uncertainty", work / "sigma", "--deidentify", "--samples", "2", "--steps", "2"],
        capture_output=True, text=True)
    check("runs", run.returncode == 0, run.stderr if run.returncode else f"{len(planted)} values planted")
    outputs = sorted((work / "sr").glob("*.dcm")) + sorted((work / "sigma").glob("*.dcm"))
    said = run.stdout + run.stderr + (work / "sr.json").read_text()
    check("nothing is said", not any(t in said for t in planted) and "PLANT" not in said)

    # X/Z/U* (references to images) may stay with new identifiers.
    removed = {t for name in ("X_TAGS", "X_D_TAGS", "X_Z_TAGS", "X_Z_D_TAGS") for t in getattr(profile, name)}
    own = {  # written by the tool about its own work, and empty of the patient
        (0x0008, 0x103E), (0x0008, 0x2111), (0x0020, 0x4000), (0x0018, 0xA003), (0x0018, 0x1000), (0x0008, 0x0070)}
    for path in outputs:
        ds = dcmread(path)
        name = f"{path.parent.name}/{path.name}"
        blob = path.read_bytes()
        left = [f"{t} of {planted[t]}" for t in planted if len(t) > 7 and t.encode() in blob] + (["PLANT"] if b"PLANT" in blob else [])
        check(f"{name}: no planted value", not left, ", ".join(left[:5]))
        check(f"{name}: no planted age", b"087Y" not in blob)
        kept = [e.tag for e in ds.iterall() if (e.tag.group, e.tag.element) in removed and e.VM and (e.tag.group, e.tag.element) not in own]
        values = {t: ds.get(t).value for t in kept if t in ds}
        check(f"{name}: what the profile removes is gone", all(not v or str(v) == "ANONYMIZED" for v in values.values()), str(values))
        uids = [str(u) for e in ds.iterall() if e.VR == "UI" for u in (e.value if e.VM > 1 else [e.value])]
        check(f"{name}: every identifier is new", all(u.startswith(("2.25.", "1.2.840.10008.")) or not u for u in uids), str([u for u in uids if u.startswith("1.2.3")][:3]))
        check(f"{name}: nothing private", not any(e.tag.is_private for e in ds.iterall()))
        check(f"{name}: says so", ds.PatientIdentityRemoved == "YES" and ds.DeidentificationMethodCodeSequence[0].CodeValue == "113100")
    all_ds = [dcmread(p) for p in outputs]
    check("one study, one frame of reference", len({d.StudyInstanceUID for d in all_ds}) == 1 and len({d.FrameOfReferenceUID for d in all_ds}) == 1)
    check("the map refers to the series", all_ds[-1].ReferencedSeriesSequence[0].SeriesInstanceUID == all_ds[0].SeriesInstanceUID)
sys.exit(failed)
