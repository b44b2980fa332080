#!/usr/bin/env bash
# Installs residua under a prefix and as a Debian package, uses it as another user without Swift, and removes it again.
#   bash Tests/Install/install.sh [PROGRAM]
# PROGRAM is a statically linked build (default: Examples/install.sh builds one). The parts that need root say so where it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=()
[ $# -gt 0 ] && program=(--program "$1")
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
failed=0
check() { # check NAME COMMAND...
  local name=$1
  shift
  if "$@" >"$work/said" 2>&1; then echo "ok    $name"; else
    failed=1
    echo "FAILS $name"
    sed 's/^/      /' "$work/said"
  fi
}
not_run() { echo "not run: $1"; }

prefix="$work/a prefix"
check "installs under a prefix" bash Examples/install.sh "$prefix" "${program[@]}"
residua=$prefix/bin/residua
chmod -R a+rX "$work"
check "no Swift library is needed" bash -c '! ldd "$1" | grep -i swift' - "$residua"
check "every library is found" bash -c '! ldd "$1" | grep "not found"' - "$residua"
check "the version names commit and libraries" bash -c '
  text=$("$1" --version) && for word in "^residua [0-9]" "^commit  *[0-9a-f]\{7,\}" "^OpenBLAS .* kernels" "^DCMTK  *3" "^nifticlib  *[0-9]"; do
    grep -q "$word" <<<"$text" || { echo "no $word in:"; echo "$text"; exit 1; }; done' - "$residua"
check "a man page for every command" bash -c '
  cd "$1/share/man/man1" && for page in residua residua-upscale residua-info residua-model residua-train; do
    [ -s $page.1 ] || { echo "no $page"; exit 1; }; done' - "$prefix"
if command -v man >/dev/null; then
  check "man pages are sound" bash -c '
    for page in "$1"/share/man/man1/*.1; do said=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
      [ -z "$said" ] || { echo "$page: $said"; exit 1; }; done' - "$prefix"
fi
check "bash completes commands" bash -c '
  source "$1/share/bash-completion/completions/residua" && complete -p residua' - "$prefix"
for shell in zsh fish; do
  if command -v $shell >/dev/null; then
    check "$shell reads its completions" $shell -n "$(find "$prefix" -name "$([ $shell = zsh ] && echo _residua || echo residua.fish)")"
  else not_run "$shell is not installed"; fi
done

# From another folder, by nobody, with no Swift on the PATH, and with its folder hidden.
sample=$PWD/Examples/Data/sub-16_T1w_half.nii.gz
cp "$sample" "$work/in.nii.gz"
mkdir "$work/out"
chmod 777 "$work/out"
chmod 644 "$work/in.nii.gz"
use='cd / && ! command -v swift >/dev/null && "$1/bin/residua" model list && "$1/bin/residua" upscale "$2/in.nii.gz" "$2/out/x2.nii.gz" --preview "$2/out/x2.png" --samples 1 --steps 1 --overwrite'
clean=(env -i PATH=/usr/bin:/bin HOME=/nonexistent)
if [ "$(id -u)" = 0 ]; then
  check "runs as nobody without Swift on the PATH" "${clean[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "$use" - "$prefix" "$work"
  check "the picture and the volume are there" test -s "$work/out/x2.png" -a -s "$work/out/x2.nii.gz"
  if command -v swift >/dev/null && unshare -m true 2>/dev/null; then
    toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
    check "runs with $toolchain hidden" "${clean[@]}" unshare -m bash -c '
      mount -t tmpfs none "$3" && [ -z "$(ls -A "$3")" ] && shift 0 && cd / && "$1/bin/residua" info "$2/in.nii.gz" && "$1/bin/residua" --version' - \
      "$prefix" "$work" "$toolchain"
  else not_run "hiding Swift needs a mount namespace"; fi
else
  check "runs without Swift on the PATH" "${clean[@]}" bash -c "$use" - "$prefix" "$work"
  not_run "another user: needs root"
fi

check "installs again over itself" bash Examples/install.sh "$prefix" "${program[@]}"
touch "$prefix/share/a-file-of-somebody-else"
check "uninstalls with one command" sh "$prefix/share/residua/uninstall"
check "leaves nothing but what was not its own" test "$(cd "$prefix" && find . -type f)" = ./share/a-file-of-somebody-else

if command -v dpkg-shlibdeps >/dev/null; then
  check "builds a Debian package" env DEBFULLNAME=Packager DEBEMAIL=packager@residua.test bash Examples/package-debian.sh "$work" "${program[@]}"
  package=$(ls "$work"/residua_*.deb)
  for library in libopenblas libnifti2 libdcmtk libopenjp2 libcairo libssl fonts-dejavu-core; do
    check "depends on $library" bash -c 'dpkg-deb -f "$1" Depends | grep -q "$2"' - "$package" "$library"
  done
  if command -v lintian >/dev/null; then
    # What is left is said in Docs/HowTo/Install.md.
    check "lintian finds no error" bash -c '! lintian --no-tag-display-limit --allow-root "$1" 2>/dev/null | grep "^E:"' - "$package"
  else not_run "lintian is not installed"; fi
  if [ "$(id -u)" = 0 ] && ! dpkg-query -W residua >/dev/null 2>&1; then
    check "the package installs" dpkg -i "$package"
    check "the installed tool runs as nobody" "${clean[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "$use" - /usr "$work"
    check "the package is removed" dpkg -P residua
    check "nothing of it is left" bash -c '! ls /usr/bin/residua /usr/share/residua /usr/share/man/man1/residua* 2>/dev/null'
  else not_run "installing the package: needs root, and residua not installed"; fi
else not_run "dpkg-shlibdeps is not installed"; fi
exit $failed
