#!/usr/bin/env bash
# How well two ranks of one thread use two cores: seconds of a step of one clip on one rank, and of two clips on two ranks (weak scaling).
# As a control, two processes that have nothing to do with each other, one on each core: what they lose, the machine loses. A step of two ranks ends
# with the slower of them, so that of each step of the control the slowest counts, as if they met there at no cost.
# RANKS=4 takes four ranks and four processes, two on each core: then only the comparison of the two says what ranks cost.
# usage: efficiency.sh PHASE.json [CONFIG.json] [STEPS] [ROUNDS]
set -euo pipefail
options=$1 config=${2:-} steps=${3:-3} rounds=${4:-3} ranks=${RANKS:-2}
here=$(cd "$(dirname "$0")/../.." && pwd)
ssp=${SSP:-dotnet $here/ssp-model/cli/bin/Release/net10.0/ssp.dll}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -z "$config" ] || config="--config $config"

clips=$((ranks * (steps + 3)))
$ssp data synth --out "$work/set" --clips $((clips + 2)) --seed 1 --size 224 --frames "${FRAMES:-2}" --split "$(awk "BEGIN { v = 1 / ($clips + 2); print 1 - 2 * v \",\" v \",\" v }")" >/dev/null

# usage: start NAME CLIPS_PER_STEP COMMAND…: begins a training in the background
start() {
    local name=$1 each=$2
    shift 2
    rm -rf "${work:?}/$name"
    sed "s/\"clips_per_step\": *[0-9]*/\"clips_per_step\": $each/" "$options" >"$work/$name.json"
    # shellcheck disable=SC2086
    setsid "$@" $ssp train --data "$work/set" --out "$work/$name" $config --options "$work/$name.json" --cache none >"$work/$name.log" 2>&1 &
    echo $! >"$work/$name.pid"
}
# usage: seconds NAME: of each step after the first two, once there are enough: the first compiles, and in both the process still asks the system for
# memory. It waits for rows without looking for them, which would take a share of the cores.
seconds() {
    local name=$1 before="" now row rows=0
    until [ -f "$work/$name/metrics.csv" ]; do
        kill -0 "$(cat "$work/$name.pid")" 2>/dev/null || { cat "$work/$name.log" >&2; exit 1; }
        sleep 1
    done
    while read -r row; do
        now=$EPOCHREALTIME rows=$((rows + 1))
        [ "$rows" -le 3 ] || awk "BEGIN { printf \"%.3f\n\", $now - $before }"
        before=$now
        if [ "$rows" -eq $((steps + 3)) ]; then break; fi
    done < <(exec tail --pid "$(cat "$work/$name.pid")" -n +1 -f "$work/$name/metrics.csv")
    [ "$rows" -eq $((steps + 3)) ] || { cat "$work/$name.log" >&2; exit 1; }
}
stop() { for name in "$@"; do kill -KILL -- "-$(cat "$work/$name.pid")" 2>/dev/null || true; wait "$(cat "$work/$name.pid")" 2>/dev/null || true; done; }
# usage: median < NUMBERS
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.3f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

for ((round = 1; round <= rounds; round++)); do
    for core in 0 1; do
        start one 1 taskset -c "$core"
        seconds one >"$work/last"
        stop one
        cat "$work/last" >>"$work/one.seconds"
        echo "one rank on core $core: $(median <"$work/last") s a step"
    done
    names=() others=() files=()
    for ((i = 0; i < ranks; i++)); do
        names+=("process-$i") files+=("$work/process-$i.seconds")
        start "process-$i" 1 taskset -c $((i % 2))
    done
    for name in "${names[@]}"; do
        seconds "$name" >"$work/$name.seconds" &
        others+=($!)
    done
    for other in "${others[@]}"; do wait "$other"; done
    stop "${names[@]}"
    paste "${files[@]}" | awk '{ most = 0; for (i = 1; i <= NF; i++) if ($i > most) most = $i; print most }' >"$work/slowest"
    cat "$work/slowest" >>"$work/control.seconds"
    echo "$ranks processes that know nothing of each other:$(for file in "${files[@]}"; do printf ' %s' "$(median <"$file")"; done) s a step, the slowest of each step $(median <"$work/slowest") s"
    cores=$(for ((i = 0; i < ranks; i++)); do printf '%s%d' "$([ "$i" = 0 ] || echo ,)" $((i % 2)); done)
    start together "$ranks" "${MPIEXEC:-mpiexec.mpich}" -bind-to "user:$cores" -n "$ranks"
    seconds together >"$work/last"
    stop together
    cat "$work/last" >>"$work/together.seconds"
    echo "$ranks ranks: $(median <"$work/last") s a step"
done
one=$(median <"$work/one.seconds") control=$(median <"$work/control.seconds") together=$(median <"$work/together.seconds")
echo "medians of $((rounds * steps)) steps: one rank $one s, the slowest of $ranks processes $control s, $ranks ranks $together s"
awk "BEGIN { printf \"efficiency %.0f %%, of what $ranks processes reach %.0f %%\n\", 100 * $one * $ranks / 2 / $together, 100 * $control / $together }"
