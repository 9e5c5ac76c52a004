#!/usr/bin/env bash
# How well two ranks of one thread use two cores: seconds of a step of one clip on one rank, and of two clips on two ranks (weak scaling).
# As a control, two processes that have nothing to do with each other, one on each core: what they lose, the machine loses.
# usage: efficiency.sh PHASE.json [CONFIG.json] [STEPS]; MODES="1 c 2" chooses among one rank, control and two ranks
set -euo pipefail
options=$1 config=${2:-} steps=${3:-3}
here=$(cd "$(dirname "$0")/../.." && pwd)
ssp=${SSP:-dotnet $here/ssp-model/cli/bin/Release/net10.0/ssp.dll}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -z "$config" ] || config="--config $config"

clips=$((2 * steps + 6))
$ssp data synth --out "$work/set" --clips $((clips + 2)) --seed 1 --size 224 --frames "${FRAMES:-2}" --split "$(awk "BEGIN { v = 1 / ($clips + 2); print 1 - 2 * v \",\" v \",\" v }")" >/dev/null

# usage: start NAME CLIPS_PER_STEP COMMAND…: begins a training in the background
start() {
    local name=$1 each=$2
    shift 2
    sed "s/\"clips_per_step\": *[0-9]*/\"clips_per_step\": $each/" "$options" >"$work/$name.json"
    # shellcheck disable=SC2086
    setsid "$@" $ssp train --data "$work/set" --out "$work/$name" $config --options "$work/$name.json" --cache none >"$work/$name.log" 2>&1 &
    echo $! >"$work/$name.pid"
}
rows() { [ -f "$work/$1/metrics.csv" ] && wc -l <"$work/$1/metrics.csv" || echo 0; }
# usage: seconds NAME: of a step after the first two, once there are enough: the first compiles, and in both the process still asks the system for memory
seconds() {
    local name=$1 begun="" now
    while :; do
        kill -0 "$(cat "$work/$name.pid")" 2>/dev/null || { cat "$work/$name.log" >&2; exit 1; }
        now=$(rows "$name")
        if [ -z "$begun" ] && [ "$now" -ge 3 ]; then begun=$(date +%s.%N); first=$now; fi
        if [ "$now" -ge $((steps + 3)) ]; then break; fi
        sleep 0.1
    done
    awk "BEGIN { printf \"%.3f\n\", ($(date +%s.%N) - $begun) / ($now - $first) }"
}
stop() { for name in "$@"; do kill -KILL -- "-$(cat "$work/$name.pid")" 2>/dev/null || true; wait "$(cat "$work/$name.pid")" 2>/dev/null || true; done; }

for mode in ${MODES:-1 c 2}; do
    case $mode in
        1) start one 1 taskset -c 0; echo "one rank: $(seconds one) s a step"; stop one ;;
        c) start a 1 taskset -c 0; start b 1 taskset -c 1; echo "two processes that know nothing of each other: $(seconds a) s a step"; stop a b ;;
        2) start two 2 "${MPIEXEC:-mpiexec.mpich}" -bind-to core -n 2; echo "two ranks: $(seconds two) s a step"; stop two ;;
    esac
done
