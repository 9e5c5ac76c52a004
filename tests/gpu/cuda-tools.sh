#!/usr/bin/env bash
# Prints a folder with ptxas, nvdisasm and cuobjdump of CUDA 12.4, with which GPU kernels are checked without a GPU. The first call fetches them
# from Debian's non-free packages with a private apt configuration; the system's packages stay as they are, and no rights of root are needed.
# The folder is ssp-native/cuda-12.4 below the cache folder. SSP_DEBIAN_MIRROR names another mirror than apt's.
set -euo pipefail

suite=trixie
package=nvidia-cuda-toolkit
release=12.4
tools=(ptxas nvdisasm cuobjdump)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/ssp-native/cuda-$release

fetch() {
  [ -f "$keyring" ] || { echo "cuda-tools.sh: $keyring is not there; install debian-archive-keyring" >&2; exit 1; }
  local mirror part=$folder.part
  mirror=$("$here/../../tools/debian-mirror.sh")
  # Made under another name, so that an interrupted run leaves nothing that looks finished.
  rm -rf "$part"
  mkdir -p "$part/apt/lists/partial" "$part/apt/cache/archives/partial" "$part/bin"
  touch "$part/apt/status"
  echo "deb [arch=amd64 signed-by=$keyring] $mirror $suite non-free" >"$part/apt/sources.list"
  local options=(
    -o "Dir::Etc::SourceList=$part/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$part/apt/lists" -o "Dir::State::Status=$part/apt/status" -o "Dir::Cache=$part/apt/cache"
    -o APT::Architecture=amd64 -o Acquire::Languages=none -o "APT::Sandbox::User=$(id -un)")
  # apt checks the index's signature by the keyring, and the package's hash by the index.
  apt-get "${options[@]}" --error-on=any update
  (cd "$part/apt" && apt-get "${options[@]}" download "$package")
  dpkg-deb --fsys-tarfile "$part"/apt/"$package"_*.deb | tar -x -C "$part/bin" --strip-components=3 "${tools[@]/#/./usr/bin/}"
  local tool
  for tool in "${tools[@]}"; do
    "$part/bin/$tool" --version | grep -F "release $release," || { echo "cuda-tools.sh: $tool of $package is not of release $release" >&2; exit 1; }
  done
  mv "$part/bin" "$folder"
  rm -rf "$part"
}

mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] || fetch >&2
echo "$folder"
