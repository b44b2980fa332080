#!/usr/bin/env bash
# Makes a Swift package that depends on Residua, from the manifest and the first program of Docs/HowTo/Library.md; builds it, runs it, and compares its bytes with
# the command's. Builds everything anew: five minutes of processor time.
#   bash Tests/Install/package.sh [RESIDUA]     RESIDUA is the command (default: .build/release/residua)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
residua=$(readlink -f "${1:-.build/release/residua}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The package is known by the name of its folder.
ln -s "$root" "$work/Residua"
mkdir -p "$work/MyTool/Sources/MyTool"
block() { awk -v wanted="$1" '/^```swift/ { n++; inside = n == wanted; next } /^```/ { inside = 0 } inside' "$root/Docs/HowTo/Library.md"; }
block 1 >"$work/MyTool/Package.swift"
block 2 >"$work/MyTool/Sources/MyTool/main.swift"
cd "$work/MyTool"
swift build -c release
cp "$root/Examples/Data/sub-16_T1w_half.nii.gz" scan.nii.gz
.build/release/MyTool
"$residua" upscale scan.nii.gz command.nii.gz --uncertainty command_sigma.nii.gz --quiet
cmp scan_x2.nii.gz command.nii.gz
cmp scan_sigma.nii.gz command_sigma.nii.gz
echo "A package of its own writes the command's bytes."
