#!/usr/bin/env bash
# Fuzzes the DICOM shim for a bounded time: Tests/Fuzz/dicom.sh [seconds] [data folder]
#
# The corpus grows in .build/fuzz/dicom; findings land beside it and belong, cut small, into Tests/DicomTests/Seeds.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds="${1:-300}"
data="${2:-${RESIDUA_DATA:-../shared/data}}"
folder=.build/fuzz/dicom
mkdir -p "$folder/corpus" "$folder/findings"

clang++ -std=c++17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined \
  -I Sources/CDicom/include Tests/Fuzz/DicomFuzzer.cpp Sources/CDicom/*.cpp \
  -ldcmpmap -ldcmfg -ldcmiod -ldcmjpeg -ldcmjpls -ldcmimgle -ldcmdata -loflog -lofstd -lopenjp2 -lz -o "$folder/fuzzer" 2>"$folder/build.log" ||
  { cat "$folder/build.log"; exit 1; }

# Small files of every kind as a beginning; large ones would only slow it down.
find "$data/dicom" Tests/DicomTests/Seeds -type f -size -300k ! -name '*.gz' ! -name '*.json' ! -name '*.nii' 2>/dev/null |
  while read -r file; do cp -n "$file" "$folder/corpus/$(sha1sum <"$file" | cut -c1-16)"; done

# Leaks inside DCMTK after an exception are bounded by the size of one file and no finding here.
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 "$folder/fuzzer" "$folder/corpus" \
  -artifact_prefix="$folder/findings/" -max_total_time="$seconds" -max_len=300000 -rss_limit_mb=1500 -timeout=20 \
  -print_final_stats=1
