#!/usr/bin/env bash
# Builds a Debian package of residua: Examples/package-debian.sh [FOLDER] [--program FILE]
# The package lands in FOLDER (default: the current one). Its dependencies are what dpkg-shlibdeps finds in the program, and the font of
# the pictures. Needs dpkg-dev and patchelf.
# The maintainer is DEBFULLNAME <DEBEMAIL>, or who git says you are.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=. program=()
while [ $# -gt 0 ]; do
  case $1 in
    --program) [ $# -gt 1 ] || { sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 64; }; program=(--program "$2"); shift ;;
    -*) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
    *) folder=$1 ;;
  esac
  shift
done
for tool in dpkg-deb dpkg-shlibdeps; do
  command -v $tool >/dev/null || { echo "$tool is missing. Run 'apt-get install dpkg-dev'." >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root" "$work/debian" "$folder"
chmod 755 "$root"
(umask 022; DESTDIR=$root bash "$here/Examples/install.sh" /usr "${program[@]}")

version=$("$root/usr/bin/residua" --version | sed -n '1s/[^0-9]*\([0-9][^ ]*\).*/\1/p')-1
commit=$(cat "$root/usr/share/residua/commit" 2>/dev/null || true)
date=$(git -C "$here" log -1 --format=%cD 2>/dev/null || date -R)
maintainer="${DEBFULLNAME:-$(git -C "$here" config user.name || echo root)} <${DEBEMAIL:-$(git -C "$here" config user.email || echo "root@$(hostname)")}>"

strip --strip-unneeded "$root/usr/bin/residua"
# A place to look for libraries that the build machine alone has.
if readelf -d "$root/usr/bin/residua" | grep -q 'R.*PATH.*\[.*/'; then
  command -v patchelf >/dev/null || { echo "patchelf is missing: the program names folders of this machine. Run 'apt-get install patchelf'." >&2; exit 1; }
  patchelf --remove-rpath "$root/usr/bin/residua"
fi
gzip -9n "$root"/usr/share/man/man1/*.1
doc=$root/usr/share/doc/residua
rm "$doc/LICENSE"
mv "$doc/CHANGELOG.md" "$doc/changelog"
cat >"$doc/changelog.Debian" <<EOF
residua ($version) unstable; urgency=medium

  * Built from ${commit:-an unknown commit}; the changes are in changelog.gz.

 -- $maintainer  $date
EOF
gzip -9n "$doc/changelog" "$doc/changelog.Debian"
sed -i '1{/^#!/d}' "$root/usr/share/bash-completion/completions/residua" # it is read, not run
cat >"$doc/copyright" <<EOF
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Residua

Files: *
Copyright: 2026 the Residua authors
License: Apache-2.0
 On Debian systems the full text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0. The program carries Swift's runtime
 libraries, copyright 2014-2026 Apple Inc. and the Swift project authors, under the same
 licence with the Runtime Library Exception.
EOF
chmod 644 "$doc"/*

mkdir -p "$root/usr/share/lintian/overrides"
cat >"$root/usr/share/lintian/overrides/residua" <<'EOF'
# Yams, the YAML reader for Swift, brings its own libyaml as source.
residua: embedded-library libyaml [usr/bin/residua]
EOF
chmod 644 "$root/usr/share/lintian/overrides/residua"

cat >"$work/debian/control" <<EOF
Source: residua
Section: science
Maintainer: $maintainer

Package: residua
Architecture: any
Depends: \${shlibs:Depends}
EOF
libraries=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/residua 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$libraries" ] || { echo "dpkg-shlibdeps found no libraries in the program: is it built for this machine?" >&2; exit 1; }

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: residua
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Depends: $libraries, fonts-dejavu-core
Section: science
Priority: optional
Description: super-resolution of MRI and CT volumes with a map of uncertainty
 residua reads NIfTI volumes and DICOM series, draws samples of every slice
 in high resolution with a diffusion model, and writes their mean and, voxel
 by voxel, their standard deviation. DICOM comes out as a derived series and
 a parametric map.
 .
 Research use only, not for diagnosis.${commit:+ Built from commit $commit.}
EOF
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod 644 "$root"/DEBIAN/*
find "$root" -type d -exec chmod 755 {} +
# The same input gives the same package.
SOURCE_DATE_EPOCH=$(date -d "$date" +%s)
export SOURCE_DATE_EPOCH
package=$folder/residua_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
