#!/usr/bin/env bash
# Runs a command where native libraries that this system lacks are found: libtorch's C++ library and, with opencl, OpenCL on the CPU (PoCL, and
# Mesa's rusticl as second opinion). Right here if this system has them, else in a Debian trixie root that debootstrap makes once and apt completes.
# The SDK, the NuGet packages, the checkout, /tmp and the current folder are visible inside.
#   SSP_DEBIAN_MIRROR    Debian mirror; default: the one apt is configured with
#   SSP_SANDBOX_ROOT     where the root is kept; default: ssp-native/trixie below the cache folder
#   SSP_SANDBOX_BINDS    further folders to be seen inside, separated by spaces
set -euo pipefail

usage() { echo "usage: sandbox.sh [--with opencl] COMMAND [ARGUMENT…]" >&2; exit 2; }

suite=trixie
packages=(libicu76 ca-certificates libstdc++6)
icds=()
if [ "${1:-}" = --with ]; then
  [ "${2:-}" = opencl ] || usage
  # ILGPU loads libOpenCL.so, a name that the development package alone has.
  packages+=(pocl-opencl-icd mesa-opencl-icd ocl-icd-opencl-dev clinfo)
  icds=(pocl rusticl)
  shift 2
fi
[ $# -gt 0 ] || usage

# What keeps the command from running right here; empty where nothing does.
missing_here() {
  local needed=GLIBCXX_3.4.32 libraries library icd
  libraries=$(ldconfig -p 2>/dev/null || true)
  library=$(awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }' <<<"$libraries")
  { [ -n "$library" ] && grep -qaF "$needed" "$library"; } || { echo "$needed"; return; }
  [ ${#icds[@]} -gt 0 ] || return 0
  grep -q 'libOpenCL\.so .*x86-64' <<<"$libraries" || { echo "libOpenCL.so"; return; }
  for icd in "${icds[@]}"; do
    [ -e "/etc/OpenCL/vendors/$icd.icd" ] || { echo "$icd"; return; }
  done
}

missing=$(missing_here)
[ -n "$missing" ] || exec "$@"
[ "$(id -u)" = 0 ] || { echo "sandbox.sh: this system has no $missing, and making a $suite root needs the rights of root" >&2; exit 1; }

root=${SSP_SANDBOX_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/ssp-native/$suite}
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
nuget=${NUGET_PACKAGES:-$HOME/.nuget}

# Followed by a folder and a command: runs it there inside, with the folders of SANDBOX_BINDS. Mounts are that process's own and vanish with it.
# shellcheck disable=SC2016
inside=(unshare --mount --propagation private bash -euc '
  root=$1 dotnet=$2 here=$3
  shift 3
  while read -r folder; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
  done <<<"$SANDBOX_BINDS"
  exec chroot "$root" /usr/bin/env --chdir="$here" PATH="$dotnet:$PATH" "$@"
' sandbox "$root" "$dotnet")

make_root() {
  command -v debootstrap >/dev/null || { apt-get update && apt-get install -y --no-install-recommends debootstrap; }
  local mirror
  mirror=$("$checkout/tools/debian-mirror.sh")
  # Made under another name, so that an interrupted run leaves nothing that looks finished.
  rm -rf "$root.part"
  debootstrap --variant=minbase "$suite" "$root.part" "$mirror"
  mv "$root.part" "$root"
}

# dpkg itself knows what an interrupted run left: a package counts once it and all it depends on are set up.
is_complete() {
  local installed
  installed=$(chroot "$root" dpkg-query --show --showformat '${db:Status-Status}\n' "${packages[@]}" 2>/dev/null | grep -cx installed || true)
  [ "$installed" = ${#packages[@]} ]
}

complete_root() {
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  SANDBOX_BINDS=$'/proc\n/sys\n/dev' "${inside[@]}" / bash -euc '
    export DEBIAN_FRONTEND=noninteractive
    dpkg --configure -a
    apt-get update
    apt-get install -y --no-install-recommends "$@"
    apt-get clean' apt "${packages[@]}"
}

mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
[ -d "$root" ] || make_root >&2
is_complete || complete_root >&2
mkdir -p "$root$dotnet" "$root$nuget" "$root$checkout" "$root$PWD"
exec 9>&-

export SANDBOX_BINDS
SANDBOX_BINDS=$(printf '%s\n' /proc /sys /dev /tmp "$dotnet" "$nuget" "$checkout" "$PWD" ${SSP_SANDBOX_BINDS:-} | awk '!seen[$0]++')
exec "${inside[@]}" "$PWD" "$@"
