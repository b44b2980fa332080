#!/usr/bin/env bash
# Installs residua under a prefix: one program with Swift's runtime in it, the models, man pages, shell completions.
#   bash Examples/install.sh PREFIX                 builds first; PREFIX is /usr/local, ~/.local or any folder
#   bash Examples/install.sh PREFIX --program FILE  takes a program that is built already
# Removing everything again:
#   sh PREFIX/share/residua/uninstall
# With DESTDIR set, files go below it and are to be used under PREFIX (for packages).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() { sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
prefix= program=
while [ $# -gt 0 ]; do
  case $1 in
    --program) [ $# -gt 1 ] || usage; program=$(readlink -f "$2"); shift ;;
    -*) usage ;;
    *) [ -z "$prefix" ] || usage; prefix=$1 ;;
  esac
  shift
done
[ -n "$prefix" ] || usage
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
prefix=${prefix%/}
root=${DESTDIR:-}$prefix

command -v python3 >/dev/null || { echo "python3 is missing: it makes the man pages. Run 'apt-get install python3'." >&2; exit 1; }
if [ -z "$program" ]; then
  command -v swift >/dev/null || { echo "Swift is not on the PATH. Install Swift 6.3 or newer (swift.org), or name a built program with --program." >&2; exit 1; }
  # A build folder of its own: everything is compiled for a static runtime.
  (cd "$here" && swift build -c release --static-swift-stdlib --scratch-path .build-static --product residua)
  program=$(cd "$here" && swift build -c release --static-swift-stdlib --scratch-path .build-static --show-bin-path)/residua
fi
[ -x "$program" ] || { echo "$program: no program to install." >&2; exit 1; }
if readelf -d "$program" 2>/dev/null | grep -q 'libswift'; then
  echo "note: $program needs Swift's runtime libraries beside it; build it with --static-swift-stdlib to be free of them." >&2
fi

manifest=$root/share/residua/manifest
if [ -e "$manifest" ]; then sh "$root/share/residua/uninstall" --quiet; fi
mkdir -p "$root/share/residua" || { echo "$root may not be written to. Run this as root, or choose a prefix of your own such as ~/.local." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files=()
# put MODE SOURCE PLACE: copies a file below the prefix and remembers it.
put() {
  install -D -m "$1" "$2" "$root/$3"
  files+=("$3")
}

put 755 "$program" bin/residua
for model in "$here"/Sources/SuperResolution/Models/*; do put 644 "$model" "share/residua/models/$(basename "$model")"; done
put 644 "$here/LICENSE" share/doc/residua/LICENSE
put 644 "$here/Docs/CHANGELOG.md" share/doc/residua/CHANGELOG.md

# Which commit this is: the program looks for it here. A changed working tree says so.
commit=$(git -C "$here" describe --always --abbrev=12 --match '' --dirty=-changed 2>/dev/null || true)
if [ -n "$commit" ]; then
  echo "$commit" >"$work/commit"
  put 644 "$work/commit" share/residua/commit
fi

"$program" --experimental-dump-help | python3 "$here/Examples/make-manual.py" "$work/man" "$("$program" --version | head -1)"
for page in "$work"/man/*.1; do put 644 "$page" "share/man/man1/$(basename "$page")"; done

zsh=share/zsh/site-functions
[ "$prefix" = /usr ] && zsh=share/zsh/vendor-completions
for shell in bash zsh fish; do "$program" --generate-completion-script $shell >"$work/$shell"; done
put 644 "$work/bash" share/bash-completion/completions/residua
put 644 "$work/zsh" "$zsh/_residua"
put 644 "$work/fish" share/fish/vendor_completions.d/residua.fish

# A package has its own list of files.
if [ -z "${DESTDIR:-}" ]; then
  cat >"$work/uninstall" <<'REMOVE'
#!/bin/sh
# Removes every file that Examples/install.sh put under this prefix, and the folders that are empty then.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
while read -r file; do rm -f "$here/$file"; done <"$here/share/residua/manifest"
rm -f "$here/share/residua/manifest"
for folder in share/residua/models share/residua share/doc/residua share/doc share/man/man1 share/man \
  share/bash-completion/completions share/bash-completion share/zsh/site-functions share/zsh/vendor-completions share/zsh \
  share/fish/vendor_completions.d share/fish share bin; do
  rmdir "$here/$folder" 2>/dev/null || true
done
[ "${1:-}" = --quiet ] || echo "residua is gone from $here."
REMOVE
  put 755 "$work/uninstall" share/residua/uninstall
  printf '%s\n' "${files[@]}" >"$manifest"
fi

[ -n "${DESTDIR:-}" ] && exit 0
echo "Installed $("$root/bin/residua" --version | head -1) under $prefix: ${#files[@]} files."
case :$PATH: in *":$prefix/bin:"*) ;; *) echo "Put $prefix/bin on your PATH to run it by name." ;; esac
echo "Remove it with: sh $prefix/share/residua/uninstall"
