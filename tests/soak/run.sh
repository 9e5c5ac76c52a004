#!/usr/bin/env bash
# Puts clips of mixed kinds, broken ones among them, through one process of the library and through one server: each clip's result must be the same every time,
# and memory, handles, threads and temporary files must not grow. See README.md. Exits with 1 where something did, 2 where it cannot begin.
#   run.sh [CLIPS]    through each of the two, default 1000
#   SSP_SOAK_OUT      where tables and plots go; default: tests/soak/bin/out
#   SSP_SOAK_BUILT    1: the program of an earlier build serves
set -euo pipefail
count=${1:-1000}
[[ $count =~ ^[1-9][0-9]*$ ]] || { echo "usage: run.sh [CLIPS]" >&2; exit 2; }
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v ffmpeg >/dev/null || { echo "ffmpeg is missing: apt install ffmpeg" >&2; exit 2; }
[ "${SSP_SOAK_BUILT:-}" = 1 ] || dotnet build tests/soak -c Release -v quiet
out=$(realpath -m -- "${SSP_SOAK_OUT:-tests/soak/bin/out}")
work=$(mktemp -d "${TMPDIR:-/tmp}/ssp-soak.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
# A run of low priority waits long for its turn.
export SSP_MEDIA_TIMEOUT=${SSP_MEDIA_TIMEOUT:-3600}
TMPDIR=$work/tmp dotnet tests/soak/bin/Release/net10.0/SspNative.Soak.dll "$count" "$work/clips" "$out"
