#!/usr/bin/env bash
# Installs what is missing, builds in release mode and runs every test. Ends non-zero on any failure.
#   bash Tests/run.sh [arguments of swift test]
set -euo pipefail
cd "$(dirname "$0")/.."
bash Examples/install-dependencies.sh --tests
if ! command -v swift >/dev/null; then
  echo "Swift is not on the PATH. Install Swift 6.3 or newer for Debian 12 (swift.org), then run this again." >&2
  exit 1
fi
if [ ! -d "${RESIDUA_DATA:-../shared/data}" ]; then
  echo "RESIDUA_DATA is not set to a folder of scans: the tests that need real scans will be listed as not run."
fi
# Numeric tests need optimised code: SwiftPM compiles C without optimisation in debug builds.
swift build -c release --build-tests
swift test -c release --skip-build "$@"
# With a selection of tests these stay out.
if [ $# -eq 0 ]; then
  bash Tests/Documentation/run.sh
  # Debian's own Python has Debian's nibabel.
  /usr/bin/python3 Tests/Guides/run.py
  bash Tests/Reports/run.sh
  echo "not run: Tests/Install/install.sh and Tests/Install/package.sh, which build everything anew (five to ten minutes each)"
fi
