#!/usr/bin/env bash
# Fuzzes the NIfTI header parser (checks, nifticlib's reading, and writing it again) with libFuzzer and AddressSanitizer.
#   bash Tests/Fuzz/nifti.sh [SECONDS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/module" "$work/corpus"
cp "$root/Sources/CNifti/include/CNifti.h" "$work/module/"
echo 'module CNifti { header "CNifti.h" export * }' > "$work/module/module.modulemap"
cat > "$work/fuzz.swift" <<'SWIFT'
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  _ = VolumeFormat(start: bytes)
  guard let header = try? NiftiHeader(Array(bytes.prefix(540)), subject: "fuzz") else { return 0 }
  let extensions = NiftiExtensions(Array(bytes.dropFirst(header.headerBytes)), isSwapped: header.isSwapped)
  var volume = header.volume
  volume.nifti?.extensions = extensions.items
  let same = volume.upscaled(by: 1, across: volume.acquiredAxis)
  _ = try? NiftiOutput(header: same).encodedHeader(rescale: .identity, pair: false, subject: "fuzz")
  return 0
}
SWIFT
clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
for file in "$root"/Sources/CNifti/*.c; do
  "$clang" -O1 -g -fsanitize=fuzzer-no-link,address -I"$root/Sources/CNifti/include" -I"$root/Sources/CNifti/private" \
    -c "$file" -o "$work/$(basename "$file" .c).o"
done
# The DICOM folder needs DCMTK and is not what is fuzzed here.
find "$root/Sources/Volumes" -name '*.swift' -not -path '*/Dicom/*' -not -name VolumeFile.swift > "$work/sources"
cat > "$work/door.swift" <<'SWIFT'
import Foundation
enum VolumeFile {
  static func refusal(of url: URL, format: VolumeFormat) throws -> VolumeError {
    VolumeError(.notAVolume, subject: url.path, reason: format.rawValue)
  }
}
SWIFT
swiftc -O -g -parse-as-library -sanitize=fuzzer,address -swift-version 6 -package-name residua -I "$work/module" \
  $(cat "$work/sources") "$work"/*.swift "$work"/*.o -lnifti2 -lznz -lz -o "$work/fuzz" 2>&1 | grep -v "Cannot export" || true
for file in "$root"/Tests/VolumesTests/Golden/nifti/*; do
  case $file in *.gz) gzip -dc "$file" ;; *) cat "$file" ;; esac | head -c 1000 > "$work/corpus/$(basename "$file").bin" || true
done
cd "$work"
./fuzz -max_len=1000 -max_total_time="${1:-60}" -rss_limit_mb=1500 -detect_leaks=1 corpus 2>&1 | tail -3
