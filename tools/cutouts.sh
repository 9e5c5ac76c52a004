#!/usr/bin/env bash
# Downloads the Debian packages that 'ssp data cutouts' makes clips of and unpacks them into a folder: stamps/, gcompris/ and backgrounds/. Also puts
# rsvg-convert, which draws SVG pictures, into bin/ where this system has none. Needs apt, ffmpeg and no rights of root; installs nothing.
# Usage: tools/cutouts.sh FOLDER
set -euo pipefail

folder=${1:?a folder to unpack into}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
packages=$folder/packages
mkdir -p "$packages"

# A package that is there already is not downloaded again; an interrupted download leaves no such file.
download() {
  local package=$1 part
  compgen -G "$packages/${package}_*.deb" >/dev/null && return
  part=$(mktemp -d "$packages/part.XXXXXX")
  (cd "$part" && apt-get download -o APT::Sandbox::User="$(id -un)" "$package") >&2
  mv "$part"/*.deb "$packages/"
  rmdir "$part"
}

unpack() {
  local package=$1 into=$2
  download "$package"
  mkdir -p "$into"
  dpkg-deb --extract "$(compgen -G "$packages/${package}_*.deb" | head -n 1)" "$into"
}

unpack tuxpaint-stamps-default "$folder/stamps"
unpack gcompris-qt-data "$folder/gcompris"

# Photographs under CC-BY, CC-BY-SA and CC0 (lomiri) and GPL-2+ (mate, of which the folder of nature alone is photographs).
unpack lomiri-wallpapers-16.04 "$folder/unpacked/lomiri"
unpack mate-backgrounds "$folder/unpacked/mate"
mkdir -p "$folder/backgrounds"
cp "$folder"/unpacked/lomiri/usr/share/backgrounds/*.jpg "$folder"/unpacked/mate/usr/share/backgrounds/mate/nature/*.jpg "$folder/backgrounds/"
# It shows dogs, which are among the things to be found.
rm -f "$folder"/backgrounds/friends_by_*.jpg
for name in lomiri mate; do
  cp "$folder/unpacked/$name"/usr/share/doc/*/copyright "$folder/backgrounds/$name-copyright"
done

if ! command -v rsvg-convert >/dev/null; then
  # What apt would install for it, which asking does not need root for.
  for package in $(apt-get --simulate --no-install-recommends install librsvg2-bin | awk '$1 == "Inst" { print $2 }'); do
    unpack "$package" "$folder/unpacked/tools"
  done
  mkdir -p "$folder/bin"
  cat >"$folder/bin/rsvg-convert" <<EOF
#!/bin/sh
LD_LIBRARY_PATH="$folder/unpacked/tools/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")" exec "$folder/unpacked/tools/usr/bin/rsvg-convert" "\$@"
EOF
  chmod +x "$folder/bin/rsvg-convert"
fi

echo "$folder: ready. With rsvg-convert in bin/, put that folder on the PATH. Then:"
echo "ssp data cutouts --out cutouts --clips 500 --seed 1 --stamps $folder/stamps --gcompris $folder/gcompris --backgrounds $folder/backgrounds"
