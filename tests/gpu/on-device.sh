#!/usr/bin/env bash
# Checks and measures the engine on a device, and writes one file about it:
#   on-device.sh publish FOLDER
#       Puts all that a run needs into a folder: the program with .NET in it, reference cases, a clip, this script. Needs the SDK.
#   on-device.sh run [--device NAME] [--quick] [--out FILE]
#       Runs there, without the SDK. Default: cuda, and a file named after the device in benchmarks/results/gpu, or beside the script if that is not there.
#       --quick: a few small cases and single runs, to see that the script works.
# The file has a section a step, with its exit code. The script ends with 1 if a check failed; a measurement that cannot be made is told, and no failure.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

publish() {
  [ $# -eq 1 ] || usage
  local root
  root=$(cd "$here/../.." && pwd)
  mkdir -p "$1"
  dotnet publish "$root/ssp-model/cli" -c Release -r linux-x64 -o "$1/bin" --nologo -v quiet
  mkdir -p "$1/tests" "$1/examples" "$1/models"
  cp -r "$root/tests/reference" "$1/tests/"
  cp -r "$root/examples/clock-and-guitar" "$1/examples/"
  cp "$root/models/synth.json" "$1/models/"
  cp "${BASH_SOURCE[0]}" "$1/"
}

run() {
  local device=cuda out='' quick=()
  while [ $# -gt 0 ]; do
    case $1 in
      --device) device=${2:-}; shift 2 || usage ;;
      --out) out=${2:-}; shift 2 || usage ;;
      --quick) quick=(--quick); shift ;;
      *) usage ;;
    esac
  done
  # A published folder, or the repository with the program built.
  local root=$here ssp
  [ -d "$root/bin" ] && [ -d "$root/tests" ] || root=$(cd "$here/../.." && pwd)
  ssp=$root/bin/ssp
  [ -x "$ssp" ] || ssp=$root/ssp-model/cli/bin/Release/net10.0/ssp
  [ -x "$ssp" ] || { echo "on-device.sh: there is no program in $root: publish it, or build ssp-model/cli" >&2; exit 2; }

  local roof name
  roof=$("$ssp" bench roof --device "$device" "${quick[@]}") || exit 2
  name=$("$ssp" devices | sed -n "s/^$device\(:0\)\{0,1\}  \(.*\) (.*/\2/p" | head -n 1)
  name=${name:-$device}
  if [ -z "$out" ]; then
    out=$root/benchmarks/results/gpu
    [ -d "$out" ] || out=$here
    out=$out/$(tr -cs '[:alnum:]\n' '-' <<<"$name" | sed 's/^-//; s/-$//').txt
  fi
  work=$(mktemp -d)
  trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  local result=$work/result failed=0
  { echo "$name"; "$ssp" --version; "$ssp" devices; } >"$result"

  # Libraries that are measured beside the kernels are taken where a package of Python keeps them, if the system has none.
  local libraries
  libraries=$(python3 -c 'import nvidia, os; print(os.pathsep.join(os.path.join(p, d, "lib") for p in nvidia.__path__ for d in os.listdir(p)))' 2>/dev/null || true)
  [ -z "$libraries" ] || export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries

  # run_section FILE check|measure TITLE COMMAND…: one section, in a file of its own
  run_section() {
    local file=$1 kind=$2 title=$3 code=0
    shift 3
    echo "on-device.sh: $title" >&2
    printf '\n## %s\n$ ssp %s\n' "$title" "$*" >"$file"
    "$ssp" "$@" >"$file.output" 2>"$file.error" || code=$?
    cat "$file.output" >>"$file"
    [ "$code" -eq 0 ] || { tail -n 5 "$file.error" >>"$file"; echo "exit code $code" >>"$file"; }
    [ "$code" -eq 0 ] || [ "$kind" = measure ] || touch "$work/failed"
  }
  local sections=0
  # check TITLE COMMAND…: beside the others, until all_checks; try_alone and measure TITLE COMMAND…: alone, and what cannot be measured is no failure
  local checks=()
  check() { sections=$((sections + 1)); run_section "$work/$(printf %03d $sections)" check "$@" & checks+=($!); }
  all_checks() {
    local pid
    for pid in "${checks[@]}"; do wait "$pid" || touch "$work/failed"; done
    checks=()
  }
  try_alone() { sections=$((sections + 1)); run_section "$work/$(printf %03d $sections)" check "$@"; }
  measure() { sections=$((sections + 1)); run_section "$work/$(printf %03d $sections)" measure "$@"; }

  printf '\n## Roof\n%s\n' "$roof" >>"$result"
  # Smallest first: what is wrong with a single product or access shows before anything large runs.
  local precisions=(bf16) multiplied=(fp32)
  [[ $device != cuda* ]] || { precisions=(tf32x3 tf32 bf16); multiplied=(fp32 tf32x3 tf32 bf16); }
  for precision in "${precisions[@]}"; do
    check "One product in $precision" verify "$root"/tests/reference/ops/matmul@batched.safetensors --device "$device" --precision "$precision"
  done
  all_checks
  if [ ${#quick[@]} -eq 0 ]; then
    check 'Kernels beside the processor: bits, differences, memory past the end' kernels compare --device "$device"
    local folder
    for folder in ops audio image losses models ssp training; do
      check "PyTorch's numbers: $folder" verify "$root/tests/reference/$folder" --device "$device"
    done
    for precision in "${precisions[@]}"; do
      check "PyTorch's numbers in $precision" verify "$root"/tests/reference/models/*-base.safetensors --device "$device" --precision "$precision"
    done
    check 'Clips for a training step' data synth --out "$work/synth" --clips 8 --seed 1
  else
    check 'Kernels beside the processor: bits, differences, memory past the end' kernels compare sum --device "$device"
    check "PyTorch's numbers" verify "$root/tests/reference/ops/linear.safetensors" --device "$device"
  fi
  all_checks

  local products=('matmul m=1024 n=1024 k=1024' 'matmul m=4096 n=4096 k=4096' 'linear m=197 n=3072 k=768' 'linear m=197 n=768 k=3072' 'linear m=9216 n=512 k=128')
  [ ${#quick[@]} -eq 0 ] || products=('matmul m=64 n=64 k=64')
  for precision in "${multiplied[@]}"; do
    measure "Products beside cuBLAS in $precision" bench kernels --device "$device" --precision "$precision" --peer cublas "${quick[@]}" "${products[@]}"
  done
  if [ ${#quick[@]} -eq 0 ]; then
    measure 'Kernels' bench kernels --device "$device" 'attention heads=8 queries=2048 keys=2048 dim=64' 'attention heads=8 queries=2048 keys=2048 dim=64 backward' \
      'attention heads=8 queries=100 keys=9216 dim=32 masked=1' 'layer_norm rows=9216 channels=128' 'softmax rows=9216 columns=144' 'gelu count=4718592' 'add count=4718592'
    measure 'Convolutions' bench kernels --device "$device" --only conv2d
    measure 'Models' bench model --device "$device" 'aavs size=384' 'clip_vit_b16 images=4' 'bert batch=2 tokens=64' 'vggish examples=5' 'perceiver_flow height=368 width=496'
    measure 'A training step at the published sizes' bench model --device "$device" --only 'step at 384, heads, checkpointed'
    try_alone 'A training step' profile train --data "$work/synth" --config "$root/models/synth.json" --steps 1 --warm-up --device "$device"
    try_alone "A clip at the published sizes" bench clip "$root/examples/clock-and-guitar" --device "$device"
    try_alone "The same by graphs" bench clip "$root/examples/clock-and-guitar" --device "$device" --graphs
    measure "The same on the processor" bench clip "$root/examples/clock-and-guitar" --quick
  fi
  [ ! -e "$work/failed" ] || failed=1
  cat "$work"/[0-9][0-9][0-9] >>"$result"

  # The old file stands until the new one is whole.
  cp "$result" "$out.part"
  mv "$out.part" "$out"
  echo "$out"
  return "$failed"
}

case ${1:-} in
  publish) shift; publish "$@" ;;
  run) shift; run "$@" ;;
  *) usage ;;
esac
