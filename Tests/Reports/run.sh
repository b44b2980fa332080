#!/usr/bin/env bash
# A page of `residua report` in a real browser: makes an output of the bundled sample, its page, and looks at it in headless Chromium.
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
