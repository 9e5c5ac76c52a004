#!/usr/bin/env bash
# Tests GPU kernels on a machine without a GPU: run.sh [--device pocl|rusticl] [--limit SECONDS] [PROJECT|ASSEMBLY.dll] [dotnet test's arguments].
# A project is built here first; default: the one beside this script. The tests run where OpenCL on the CPU is found, and see
#   SSP_GPU          the device that is expected, opencl:0: without it they fail rather than skip
#   SSP_CUDA_TOOLS   the folder of ptxas, nvdisasm and cuobjdump
# A run over the time limit (default 1800 s) ends with 124. A test that ends the process, or takes a third of the limit or 600 s, ends the run and is named.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { echo "usage: run.sh [--device pocl|rusticl] [--limit SECONDS] [PROJECT|ASSEMBLY.dll] [dotnet test's arguments]" >&2; exit 2; }

device=pocl
limit=1800
while [ $# -gt 0 ]; do
  case $1 in
    --device) device=${2:-}; shift 2 || usage ;;
    --limit) limit=${2:-}; shift 2 || usage ;;
    *) break ;;
  esac
done
[[ $device =~ ^(pocl|rusticl)$ && $limit =~ ^[1-9][0-9]+$ ]] || usage
project=$here
case ${1:-} in
  -* | '') ;;
  *) project=$1; shift ;;
esac
[ -e "$project" ] || { echo "run.sh: $project is not there" >&2; exit 2; }

assembly=$project
if [[ $project != *.dll ]]; then
  dotnet build "$project" -c Release --nologo -v quiet
  assembly=$(dotnet msbuild "$project" -p:Configuration=Release -getProperty:TargetPath)
fi
assembly=$(realpath "$assembly")
tools=$("$here/cuda-tools.sh")
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

export SSP_GPU=opencl:0 SSP_CUDA_TOOLS=$tools
# One implementation is loaded and no other: each brings an LLVM of its own.
export OCL_ICD_VENDORS=$device.icd
# PoCL's default, and its cbs, end the process or do not finish on large kernels.
export POCL_WORK_GROUP_METHOD=loops
export RUSTICL_ENABLE=llvmpipe
folder=$(dirname "$assembly")
export SSP_SANDBOX_BINDS="${SSP_SANDBOX_BINDS:-} $tools $folder $results"
hang=$((limit / 3 < 600 ? limit / 3 : 600))
code=0
"$here/../../tools/sandbox.sh" --with opencl timeout --kill-after=10 "$limit" dotnet test "$assembly" --nologo --results-directory "$results" \
  --blame --blame-hang-timeout "${hang}s" --blame-hang-dump-type none "$@" || code=$?
[ "$code" -ne 124 ] || echo "run.sh: no result after $limit s" >&2
exit "$code"
