#!/usr/bin/env bash
# Pages of `residua report` in a real browser: makes an output and a batch of the bundled sample, their pages, and looks at them in headless Chromium.
#   bash Tests/Reports/run.sh [SCREENSHOTS]
set -euo pipefail
cd "$(dirname "$0")/../.."
residua=$(swift build -c release --show-bin-path)/residua
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp Examples/Data/sub-16_T1w_half.nii.gz "$work/in.nii.gz"
"$residua" upscale "$work/in.nii.gz" "$work/out.nii.gz" --uncertainty "$work/sigma.nii.gz" --samples 2 --steps 4 --quiet
"$residua" report "$work/out.nii.gz" >/dev/null
# Debian's own Python has Debian's selenium and nibabel.
/usr/bin/python3 Tests/Reports/look_at_report.py "$work/out.html" "$work/out.nii.gz" "$work/sigma.nii.gz" "$work/in.nii.gz" "$@"

# A volume of one value, and one whose values are neighbours among the numbers of 32 bits: plots with nothing to spread.
/usr/bin/python3 - "$work" <<'END'
import pathlib, sys
import nibabel, numpy
work = pathlib.Path(sys.argv[1])
scan = nibabel.load(work / "in.nii.gz")
values = numpy.full(scan.shape[:2] + (2,), 16777216, numpy.float32)
nibabel.save(nibabel.Nifti1Image(values, scan.affine), work / "even.nii.gz")
values[40, 50, 1] = numpy.nextafter(values[40, 50, 1], numpy.float32(numpy.inf))
nibabel.save(nibabel.Nifti1Image(values, scan.affine), work / "nearly.nii.gz")
END
for name in even nearly; do
  "$residua" upscale "$work/$name.nii.gz" "$work/$name-x2.nii.gz" --uncertainty "$work/$name-sigma.nii.gz" --samples 2 --steps 4 --quiet 2>/dev/null
  # What the model makes of such a scan is not quite even; here the output is.
  /usr/bin/python3 - "$work" $name <<'END'
import json, pathlib, sys
import nibabel, numpy
work, name = pathlib.Path(sys.argv[1]), sys.argv[2]
output = nibabel.load(work / f"{name}-x2.nii.gz")
values = nibabel.load(work / f"{name}.nii.gz").get_fdata(dtype=numpy.float32).repeat(2, 0).repeat(2, 1)
nibabel.save(nibabel.Nifti1Image(values, output.affine, output.header), work / f"{name}-x2.nii.gz")
sidecar = work / f"{name}-x2.json"
record = json.loads(sidecar.read_text())
del record["Residua"]["consistency"]
sidecar.write_text(json.dumps(record))
END
  "$residua" report "$work/$name-x2.nii.gz" >/dev/null
done
/usr/bin/python3 Tests/Reports/look_at_even.py "$work/even-x2.html" "$work/nearly-x2.html"

# Scans of four slices, some with a name that is hard on addresses and pages, and a file that breaks off.
/usr/bin/python3 - "$work" <<'END'
import pathlib, sys
import nibabel
work = pathlib.Path(sys.argv[1])
scan = nibabel.load(work / "in.nii.gz")
for name, first in [("sub-01/anat/sub-01_T1w", 2), ("sub-02/anat/100% #1 <b>&_T1w", 8), ("sub-10/anat/sub-10_T1w", 14),
                    ("sub-11/anat/'\"><img src=x onerror=document.title=1>", 5)]:
    path = work / "study" / (name + ".nii.gz")
    path.parent.mkdir(parents=True)
    nibabel.save(scan.slicer[:, :, first:first + 4], path)
broken = work / "study/sub-03/broken.nii.gz"
broken.parent.mkdir()
(broken.parent / "empty.nii.gz").write_bytes(b"none")
broken.write_bytes((work / "study/sub-01/anat/sub-01_T1w.nii.gz").read_bytes()[:3000])
END
status=0
"$residua" batch "$work/study" "$work/study_x2" --uncertainty --samples 2 --steps 4 --quiet 2>/dev/null || status=$?
[ $status = 3 ] || { echo "the batch ended with $status, expected 3: one scan is broken" >&2; exit 1; }
"$residua" batch "$work/study" "$work/study_x2" --export csv >"$work/ledger.csv"
"$residua" report "$work/study_x2" --input "$work/study" >/dev/null
/usr/bin/python3 Tests/Reports/look_at_index.py "$work/study_x2/report/index.html" "$work/ledger.csv" "$@"
