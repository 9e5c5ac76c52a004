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
  trap 'rm -rf "$work"' EXIT
  local result=$work/result failed=0
  { echo "$name"; "$ssp" --version; "$ssp" devices; } >"$result"

  # section TITLE check|measure COMMAND…
  section() {
    local title=$1 kind=$2 code=0
    shift 2
    echo "on-device.sh: $title" >&2
    printf '\n## %s\n$ ssp %s\n' "$title" "$*" >>"$result"
    "$ssp" "$@" >"$work/output" 2>"$work/error" || code=$?
    cat "$work/output" >>"$result"
    [ "$code" -eq 0 ] || { tail -n 5 "$work/error" >>"$result"; echo "exit code $code" >>"$result"; }
    [ "$code" -eq 0 ] || [ "$kind" = measure ] || failed=1
  }

  printf '\n## Roof\n%s\n' "$roof" >>"$result"
  # Smallest first: what is wrong with a single product or access shows before anything large runs.
  if "$ssp" verify --help | grep -q -- --precision; then
    for precision in tf32x3 tf32 bf16; do
      section "One product in $precision" check verify "$root"/tests/reference/ops/matmul@batched.safetensors --device "$device" --precision "$precision"
    done
  fi
  local cases=$root/tests/reference some=()
  [ ${#quick[@]} -eq 0 ] || { cases=$root/tests/reference/ops/linear.safetensors; some=(sum); }
  section 'Kernels beside the processor: bits, differences, memory past the end' check kernels compare "${some[@]}" --device "$device"
  section "PyTorch's numbers" check verify "$cases" --device "$device"
  local only=()
  [ ${#quick[@]} -eq 0 ] || only=(--only '197x')
  section 'Kernels' measure bench kernels --device "$device" "${quick[@]}" "${only[@]}"
  section 'Products beside cuBLAS' measure bench kernels --device "$device" --peer cublas "${quick[@]}" --only matmul
  section 'Linear layers beside cuBLAS' measure bench kernels --device "$device" --peer cublas "${quick[@]}" --only 'linear 197x'
  [ ${#quick[@]} -eq 0 ] || only=(--only BERT)
  section 'Models' measure bench model --device "$device" "${quick[@]}" "${only[@]}"
  if [ ${#quick[@]} -eq 0 ]; then
    section 'Clips for it' check data synth --out "$work/synth" --clips 8 --seed 1
    section 'A training step' check profile train --data "$work/synth" --config "$root/models/synth.json" --steps 1 --warm-up --device "$device"
    section 'A clip, on the processor' measure profile segment "$root/examples/clock-and-guitar" --warm-up
    section 'A clip' check profile segment "$root/examples/clock-and-guitar" --warm-up --device "$device"
  fi

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
