#!/usr/bin/env bash
# The out-of-distribution table of Docs/OutOfDistribution.md, from the scans in $RESIDUA_DATA (default ../shared/data).
#   bash Examples/OutOfDistribution/run.sh OUT [options of residua evaluate, such as --samples 8]
# Few slices of each scan; EVERY=1000 takes only the middle one. A run that was stopped goes on. $RESIDUA names the tool (default .build/release/residua); Python needs numpy, scipy
# and nibabel: a virtual environment is made in OUT.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=Examples/OutOfDistribution
out=$1
shift
data=${RESIDUA_DATA:-../shared/data}
tool=${RESIDUA:-.build/release/residua}
mkdir -p "$out/planted" "$out/healthy"
if [ -n "${PYTHON:-}" ]; then
  python=$PYTHON
else
  python=$out/venv/bin/python
  [ -x "$python" ] || { python3 -m venv "$out/venv"; "$out/venv/bin/pip" install -q numpy scipy nibabel; }
fi

: >"$out/groups.tsv.new"
group() { # NAME TITLE INPUT... -- OPTIONS...
  local name=$1 title=$2 inputs=()
  shift 2
  while [ "$1" != -- ]; do inputs+=("$1"); shift; done
  shift
  printf '%s\t%s\n' "$name" "$title" >>"$out/groups.tsv.new"
  "$tool" evaluate "${inputs[@]}" --output "$out/$name" --methods bicubic encoder sample mean --quiet "$@" >"$out/$name.txt"
}
options=("$@")

group t1 "T1, brains as in training (validation subjects)" "$data"/mri/validation/sub-*_T1w.nii.gz -- --every "${EVERY:-60}" "${options[@]}"
group t1-other "T1, another scanner, stroke" "$data/mri/stroke_T1.nii.gz" -- --every "${EVERY:-50}" "${options[@]}"
group head "T1-like, whole head with skin" "$data/mri/head_MR.nii.gz" -- --every "${EVERY:-70}" "${options[@]}"
group t2 "T2, stroke" "$data/mri/stroke_T2.nii.gz" -- --every "${EVERY:-50}" "${options[@]}"
group t2-head "T2, whole head" "$data/mri/validation/T2w_head.nii.gz" -- --every "${EVERY:-30}" "${options[@]}"
group flair "FLAIR, stroke" "$data/mri/stroke_FLAIR.nii.gz" -- --every "${EVERY:-50}" "${options[@]}"
group fruit "MR of a fruit" "$data/dicom/fruit_mr" -- --every "${EVERY:-12}" "${options[@]}"
group ct "CT of a chest" "$data/dicom/chest_ct" -- --every "${EVERY:-16}" "${options[@]}"

echo "subject,slices" >"$out/lesions.csv"
for subject in sub-08 sub-24 sub-40; do
  scan=${subject}_T1w
  slices=$("$python" $here/plant_lesions.py "$data/mri/validation/$scan.nii.gz" "$out/planted/$scan.nii.gz" "$out/planted/$scan.mask.nii.gz")
  cp "$data/mri/validation/$scan.nii.gz" "$out/healthy/"
  echo "$subject,$slices" >>"$out/lesions.csv"
done
group lesions "T1, validation subjects with planted lesions" "$out"/planted/*_T1w.nii.gz -- --slices "$out/lesions.csv" --keep "${options[@]}"
group lesions-healthy "the same slices without lesions" "$out"/healthy/*_T1w.nii.gz -- --slices "$out/lesions.csv" --keep "${options[@]}"

mv "$out/groups.tsv.new" "$out/groups.tsv"
"$python" $here/table.py "$out"
