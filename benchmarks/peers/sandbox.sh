#!/usr/bin/env bash
# Runs a command where libtorch's binding finds the C++ library it was built with: right here if this system's is new enough, else in a
# Debian trixie root that debootstrap makes once. The SDK, the NuGet packages, the checkout and the current folder are visible inside.
#   SSP_SANDBOX_MIRROR   Debian mirror; default: the one apt is configured with
#   SSP_SANDBOX_ROOT     where the root is kept; default: ssp-native/trixie below the cache folder
set -euo pipefail

needed=GLIBCXX_3.4.32
suite=trixie
packages=libicu76,ca-certificates,libstdc++6

[ $# -gt 0 ] || { echo "usage: sandbox.sh COMMAND [ARGUMENT…]" >&2; exit 2; }

library=$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }')
if [ -n "$library" ] && grep -qaF "$needed" "$library"; then
  exec "$@"
fi
[ "$(id -u)" = 0 ] || { echo "sandbox.sh: libstdc++ here has no $needed, and making a $suite root needs the rights of root" >&2; exit 1; }

root=${SSP_SANDBOX_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/ssp-native/$suite}
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
nuget=${NUGET_PACKAGES:-$HOME/.nuget}

make_root() {
  command -v debootstrap >/dev/null || { apt-get update && apt-get install -y --no-install-recommends debootstrap; }
  local mirror=${SSP_SANDBOX_MIRROR:-}
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | awk 'NR == 1')
  [ -n "$mirror" ] || { echo "sandbox.sh: apt knows no Debian mirror; name one in SSP_SANDBOX_MIRROR" >&2; exit 1; }
  # Made under another name, so that an interrupted run leaves nothing that looks finished.
  rm -rf "$root.part"
  debootstrap --variant=minbase --include="$packages" "$suite" "$root.part" "$mirror"
  mv "$root.part" "$root"
}

mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
[ -d "$root" ] || make_root >&2
mkdir -p "$root$dotnet" "$root$nuget" "$root$checkout" "$root$PWD"
exec 9>&-

# Mounts are this process's own and vanish with it.
export SANDBOX_BINDS
SANDBOX_BINDS=$(printf '%s\n' /proc /sys /dev /tmp "$dotnet" "$nuget" "$checkout" "$PWD" ${SSP_SANDBOX_BINDS:-} | awk '!seen[$0]++')
exec unshare --mount --propagation private bash -euc '
  root=$1 here=$2 dotnet=$3
  shift 3
  while read -r folder; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
  done <<<"$SANDBOX_BINDS"
  exec chroot "$root" /usr/bin/env --chdir="$here" PATH="$dotnet:$PATH" "$@"
' sandbox "$root" "$PWD" "$dotnet" "$@"
