#!/usr/bin/env bash
# How long all go on after the disk of one rank has stopped to answer: seconds from the first picture that does not open to the end, and what is said then.
# Two ranks train. strace holds back what one of them opens, from the N-th picture of a thread on: 1 is the start of the run.
# usage: hang.sh [RANK] [N] [ROUNDS]
set -euo pipefail
export LC_ALL=C
rank=${1:-0} from=${2:-1} rounds=${3:-3}
here=$(cd "$(dirname "$0")/../.." && pwd)
ssp=${SSP:-dotnet $here/ssp-model/cli/bin/Release/net10.0/ssp.dll}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086
$ssp data synth --out "$work/set" --clips 8 --seed 1 --size 64 --frames 2 --split 0.5,0.25,0.25 >/dev/null
hang=(strace -f -qq -ttt -o "$work/reads" -e trace=openat -e "inject=openat:delay_enter=100s:when=$from+")
while read -r picture; do hang+=(-P "$picture"); done < <(find "$work/set" -name '*.png')
train="$ssp train --data $work/set --config $here/models/synth.json --options $here/models/synth-avs.json --out"

for ((round = 1; round <= rounds; round++)); do
    rm -rf "$work/run" "$work/reads"
    # shellcheck disable=SC2206
    case $rank in
        0) ranks=(-n 1 "${hang[@]}" $train "$work/run" : -n 1 $train "$work/run") ;;
        *) ranks=(-n 1 $train "$work/run" : -n 1 "${hang[@]}" $train "$work/run") ;;
    esac
    ! mpiexec.mpich "${ranks[@]}" >"$work/output" 2>"$work/errors" || { echo "no thread opened $from pictures" >&2; exit 1; }
    end=$EPOCHREALTIME
    # A call that has not come back stands in the list without a result.
    began=$(awk '/openat\(/ { at[$1] = $2 } / = [0-9-]/ { delete at[$1] } END { for (thread in at) print at[thread] }' "$work/reads" | sort | head -n 1)
    [ -n "$began" ] || { echo "strace saw no picture that did not open" >&2; exit 1; }
    steps=$(awk 'NR > 1' "$work/run/metrics.csv" 2>/dev/null | wc -l || true)
    echo "rank $rank, after $steps steps: $(awk "BEGIN { printf \"%.1f\", $end - $began }") s; $(grep -m1 '^rank ' "$work/errors")"
done
