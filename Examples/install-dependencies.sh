#!/usr/bin/env bash
# Installs what Residua is built from, on Debian 12: C libraries, and the independent programs that its tests compare with.
#   bash Examples/install-dependencies.sh            to build and run
#   bash Examples/install-dependencies.sh --tests    the tests' witnesses as well
set -euo pipefail

build=(
  libopenblas-dev libnifti-dev libdcmtk-dev # networks, NIfTI, DICOM
  libopenjp2-7-dev libssl-dev zlib1g-dev    # JPEG 2000, digests, gzip
  libcairo2-dev fonts-dejavu-core           # pictures and their text
  pkg-config
)
tests=(
  dcm2niix dicom3tools dcmtk orthanc curl                               # readers, validators, an archive
  dpkg-dev patchelf lintian man-db zsh fish                             # the installation and the Debian package
  git python3-venv                                                      # what install scripts and witnesses need
  slurm-wlm munge                                                       # a cluster of one node
  chromium chromium-driver python3-selenium python3-nibabel python3-numpy # a browser to look at reports with
)
# From PyPI, into a folder of their own.
python=(bids-validator-deno==3.0.2 numpy==2.4.6 nibabel==5.4.2 scipy==1.17.1)
witnesses="${RESIDUA_WITNESSES:-$(dirname "$0")/../.build/witnesses}"

wanted=("${build[@]}")
if [ "${1:-}" = --tests ]; then wanted+=("${tests[@]}"); fi

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [ "${state:0:2}" = ii ] || missing+=("$package")
done
install_witnesses() {
  [ "${1:-}" = --tests ] || return 0
  local done="$witnesses/installed"
  [ "$(cat "$done" 2>/dev/null)" != "${python[*]}" ] || return 0
  echo "Installing into $witnesses: ${python[*]}"
  python3 -m venv "$witnesses"
  "$witnesses/bin/pip" install -q --disable-pip-version-check "${python[@]}"
  echo "${python[*]}" >"$done"
}

if [ ${#missing[@]} -eq 0 ]; then
  install_witnesses "$@"
  echo "All libraries are installed."
  exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing: ${missing[*]}" >&2
    echo "Installing them needs root: run 'apt-get install ${missing[*]}' as root, then this script again." >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
# No service of a package is started: the tests start their own, on loopback.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
install_witnesses "$@"
echo "Done."
