#!/usr/bin/env bash
# Whether every public symbol of the library has a documentation comment: takes the symbol graphs of what is built (seconds), and names those that lack one.
#   bash Tests/Documentation/symbols.sh          after swift build -c release
# RESIDUA_BUILD names another build than .build/release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${RESIDUA_BUILD:-.build/release}
# The modules of the products Residua and ResiduaTraining, and what they are built on.
modules=(Tensors Neural Diffusion Volumes ImageQuality Figures SuperResolution SuperResolutionTraining)

graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
flags=(-I "$build/Modules" -target "$(uname -m)-unknown-linux-gnu" -Xcc -I/usr/include/cairo)
for map in "$build"/C{Kernels,OpenBLAS,Dicom,Nifti}.build/module.modulemap Sources/C{Cairo,OpenSSL}/module.modulemap; do
  flags+=(-Xcc "-fmodule-map-file=$PWD/$map")
done
yaml=$(find "${build%/release}/checkouts" .build/checkouts -path '*CYaml*module.modulemap' 2>/dev/null | head -1)
[ -z "$yaml" ] || flags+=(-Xcc "-fmodule-map-file=$(readlink -f "$yaml")")
for module in "${modules[@]}"; do
  swift symbolgraph-extract -module-name "$module" "${flags[@]}" -output-dir "$graphs" -minimum-access-level public -skip-synthesized-members
done
python3 Tests/Documentation/symbols.py "$graphs"
