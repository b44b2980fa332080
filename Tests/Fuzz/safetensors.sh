#!/usr/bin/env bash
# Fuzzes the safetensors reader (header, JSON, offsets, element types) with libFuzzer and AddressSanitizer.
#   bash Tests/Fuzz/safetensors.sh [SECONDS]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/corpus"
cat > "$work/fuzz.swift" <<'SWIFT'
import Foundation

/// The reader takes a path: a file in memory has one.
private let file: Int32 = {
  var name = Array("/dev/shm/fuzz-XXXXXX".utf8CString)
  let descriptor = mkstemp(&name)
  unlink(name)
  return descriptor
}()
private let url = URL(fileURLWithPath: "/proc/self/fd/\(file)")

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard ftruncate(file, 0) == 0, pwrite(file, data, size, 0) == size else { return 0 }
  guard let weights = try? SafetensorsFile(contentsOf: url) else { return 0 }
  for name in weights.names {
    _ = try? weights.floats(name)
    _ = try? weights.doubles(name)
    _ = try? weights.integers(name)
  }
  return 0
}
SWIFT
swiftc -O -g -parse-as-library -sanitize=fuzzer,address -swift-version 6 -package-name residua \
  "$root"/Sources/Neural/Safetensors/*.swift "$work/fuzz.swift" -o "$work/fuzz" 2>"$work/build.log" ||
  { cat "$work/build.log"; exit 1; }
# Headers and the first tensors of the golden files, cut where they are large: a cut is a case of its own.
find "$root/Tests" -name '*.safetensors' | while read -r golden; do
  head -c 20000 "$golden" > "$work/corpus/$(basename "$golden")"
done
printf '\x3c\0\0\0\0\0\0\0{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}    0123456789abcdef' > "$work/corpus/small"
cd "$work"
./fuzz -max_len=20000 -max_total_time="${1:-60}" -rss_limit_mb=1500 -timeout=10 corpus 2>&1 | tail -4
