#!/usr/bin/env bash
# Prints a Debian mirror: the one that SSP_DEBIAN_MIRROR names, else the one apt is configured with.
set -euo pipefail

mirror=${SSP_DEBIAN_MIRROR:-}
[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | awk 'NR == 1')
[ -n "$mirror" ] || { echo "debian-mirror.sh: apt knows no Debian mirror; name one in SSP_DEBIAN_MIRROR" >&2; exit 1; }
echo "$mirror"
