#!/usr/bin/env bash
# From a bare Debian 12 with Swift to a first picture: installs the libraries, builds, upscales the bundled sample.
#   bash Examples/quickstart.sh [FOLDER]     FOLDER takes the results (default: quickstart-output)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
output=${1:-quickstart-output}
mkdir -p "$output"
output=$(cd "$output" && pwd)
cd "$here"

bash Examples/install-dependencies.sh
if ! command -v swift >/dev/null; then
  echo "Swift is not on the PATH. Install Swift 6.3 or newer for Debian 12 (swift.org), then run this again." >&2
  exit 1
fi
swift build -c release --product residua
residua=$(swift build -c release --show-bin-path)/residua

"$residua" upscale Examples/Data/sub-16_T1w_half.nii.gz "$output/sub-16_T1w_x2.nii.gz" \
  --uncertainty "$output/sub-16_sigma.nii.gz" --samples 8 --seed 1 --preview "$output/sub-16.png" --overwrite

echo
echo "The super-resolved volume:    $output/sub-16_T1w_x2.nii.gz"
echo "Its uncertainty (1 sigma):    $output/sub-16_sigma.nii.gz"
echo "Side by side, as a picture:   $output/sub-16.png"
