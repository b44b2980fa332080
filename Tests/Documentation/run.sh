#!/usr/bin/env bash
# Whether every public symbol of the library has a documentation comment, the Swift of the guides compiles, and links between pages lead somewhere.
# Takes what is built; seconds.
#   bash Tests/Documentation/run.sh          after swift build -c release
# RESIDUA_BUILD names another build than .build/release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${RESIDUA_BUILD:-.build/release}
# The modules of the products Residua and ResiduaTraining, and what they are built on.
modules=(Tensors Neural Diffusion Volumes ImageQuality Figures SuperResolution SuperResolutionTraining)
# What only the command uses is no interface: `package`, never `public`.
if grep -rnE '^ *public ' Sources/{BulkProcessing,Evaluation,Reports} --include='*.swift'; then
  echo "the lines above stand in modules that are no library: they should say package" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-I "$build/Modules" -target "$(uname -m)-unknown-linux-gnu" -Xcc -I/usr/include/cairo)
for map in "$build"/C{Kernels,OpenBLAS,Dicom,Nifti}.build/module.modulemap Sources/C{Cairo,OpenSSL}/module.modulemap \
  .build/checkouts/Yams/Sources/CYaml/include/module.modulemap; do
  flags+=(-Xcc "-fmodule-map-file=$(readlink -f "$map")")
done
mkdir "$work/graphs" "$work/snippets"
for module in "${modules[@]}"; do
  swift symbolgraph-extract -module-name "$module" "${flags[@]}" -output-dir "$work/graphs" \
    -minimum-access-level public -skip-synthesized-members
done
failed=0
python3 Tests/Documentation/links.py || failed=1
python3 Tests/Documentation/symbols.py "$work/graphs" || failed=1

python3 Tests/Documentation/snippets.py "$work/snippets"
for snippet in "$work"/snippets/*; do
  place=$(cat "$snippet/place")
  if swiftc -typecheck -swift-version 6 "${flags[@]}" "$snippet/main.swift" >"$work/said" 2>&1; then echo "ok    $place compiles"; else
    failed=1
    echo "FAILS $place does not compile:"
    grep -h "error:" "$work/said" | sed "s|$snippet/||" || cat "$work/said"
  fi
done
exit $failed
