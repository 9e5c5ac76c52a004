#!/usr/bin/env bash
# Kills ssp at each system call that touches its files, in turn and at random moments, gives it errors in place of answers, and checks what is left:
# the old or the new file whole, the same bits after going on, no leftovers after the next run. See README.md.
#   run.sh [--kills N] [--random N] [--errors N] [SCENARIO…]
#     --kills N     kills at system calls of each scenario, spread over all of them; default: every one
#     --shift P     begins P percent of the way to the second one, so that several runs kill at different calls; default 0
#     --random N    kills at random moments of each scenario; default 10
#     --errors N    errors (EIO, ENOSPC, EROFS) at system calls of each scenario; default 20
#     SCENARIO      train cache export convert segment batch lock; default: all
#   SSP             the program, default: dotnet with this checkout's Release build
# Prints a line for each scenario; exits with 1 where a check failed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
read -ra ssp <<<"${SSP:-dotnet $root/ssp-model/cli/bin/Release/net10.0/ssp.dll}"
kills= shift=0 random=10 errors=20
scenarios=()
while [ $# -gt 0 ]; do
    case $1 in
        --kills) kills=$2; shift ;;
        --shift) shift=$2; shift ;;
        --random) random=$2; shift ;;
        --errors) errors=$2; shift ;;
        -*) echo "there is no option $1" >&2; exit 2 ;;
        *) scenarios+=("$1") ;;
    esac
    shift
done
[ ${#scenarios[@]} -gt 0 ] || scenarios=(train cache export convert segment batch lock)
command -v strace >/dev/null || { echo "strace is missing: apt install strace" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/ssp-faults.XXXXXX")
running=
trap 'rm -rf "$work"; [ -z "$running" ] || echo "stopped: $(counts)"' EXIT
trap 'exit 2' INT TERM
box=$work/box
# Calls that change names or contents, and those that open for it.
calls=openat,rename,renameat2,unlink,unlinkat,rmdir,mkdir,write,pwrite64,pwritev,fsync,ftruncate,utimensat
quiet() { "${ssp[@]}" "$@" >"$work/out" 2>&1; }
train=(train --data "$work/data" --config "$here/tiny.json" --options "$here/options.json")

quiet data synth --out "$work/data" --clips 2 --seed 1 --size 32 --frames 2 --split 0.5,0.5,0
quiet "${train[@]}" --flow none --out "$work/model" || { cat "$work/out"; exit 2; }
mkdir "$work/clips"
for name in a b; do cp -r "$(find "$work/data" -name 'synth-1-0000*' | sort | head -n 1)" "$work/clips/$name"; done

# Of each scenario: what is there before, the command, what follows a kill, and the bits that must be there in the end.
prepare_train() { :; }
command_train() { echo "${train[*]} --flow none --out $box/run"; }
again_train() {
    # A run that was killed before it was one begins anew.
    if [ -f "$box/run/run.json" ]; then quiet train --data "$work/data" --flow none --out "$box/run" --resume; else quiet $(command_train); fi
}
bits_train() { sum "$box/run" last.safetensors best.safetensors metrics.csv scores.csv; }
prepare_cache() { :; }
command_cache() { echo "${train[*]} --flow pyramid --out $box/run --cache $box/cache"; }
again_cache() {
    # Temporary files of a cache are taken for abandoned after a minute.
    [ ! -d "$box/cache" ] || find "$box/cache" -name '*.part' -exec touch -d '2 minutes ago' {} +
    if [ -f "$box/run/run.json" ]; then quiet train --data "$work/data" --flow pyramid --out "$box/run" --cache "$box/cache" --resume; else quiet $(command_cache); fi
}
bits_cache() { sum "$box/run" last.safetensors best.safetensors metrics.csv && sum "$box/cache" $(cd "$box/cache" && ls); }
prepare_export() { cp "$work/model/best.safetensors" "$box/old" && cp "$box/old" "$box/model.safetensors"; }
command_export() { echo "export $work/model/best.safetensors --out $box/model.safetensors --half --overwrite"; }
again_export() { quiet $(command_export); }
bits_export() { sum "$box" model.safetensors; }
prepare_convert() { prepare_export; }
command_convert() { echo "convert $work/model/last.safetensors --out $box/model.safetensors --half --overwrite"; }
again_convert() { quiet $(command_convert); }
bits_convert() { sum "$box" model.safetensors; }
prepare_segment() { quiet segment "$work/clips/a" --weights "$work/model/best.safetensors" --tau 0.7 --out "$box/result"; }
command_segment() { echo "segment $work/clips/a --weights $work/model/best.safetensors --out $box/result"; }
again_segment() { quiet $(command_segment); }
bits_segment() { (cd "$box/result" && find . -name '*.png' -exec sha256sum {} + | sort); }
prepare_batch() { :; }
command_batch() { echo "segment $work/clips --weights $work/model/best.safetensors --out $box/results --resume"; }
again_batch() { quiet $(command_batch) && [ "$(grep -c '"state"' "$box/results/summary.json")" = 2 ]; }

# usage: sum FOLDER FILE…: names and hashes
sum() { (cd "$1" && shift && sha256sum "${@}"); }
bits_batch() { (cd "$box/results" && sha256sum a/masks/*.png b/masks/*.png); }

fresh() { rm -rf "$box"; mkdir "$box"; "prepare_$1"; }

problems=0
# usage: problem WHAT: where and what
problem() {
    problems=$((problems + 1))
    echo "!! $scenario, $moment: $1"
    sed 's/^/   /' "$work/out" | tail -n 3
}

# What must hold right after the end, and after the next run.
judge() {
    if [ "$scenario" = train ] || [ "$scenario" = cache ]; then
        # As many savings as the trace shows must have reached the file, and none before its successor.
        local saved step
        saved=$(grep -cE 'rename\([^,]*, "[^"]*/last\.safetensors"\) *= 0|renameat2\(.*last\.safetensors.*RENAME_EXCHANGE\) *= 0' "$work/trace" || true)
        [ "$saved" -gt 3 ] && saved=3
        if [ "$saved" -gt 0 ]; then
            step=$(head -c 65536 "$box/run/last.safetensors" 2>/dev/null | grep -aoE '"step\\": [0-9]+' | grep -oE '[0-9]+' || echo none)
            { [ "$step" != none ] && [ "$step" -ge "$saved" ]; } || problem "saved $saved times, but the checkpoint is of step $step"
        fi
        ! grep -E 'unlink(at)?\([^)]*/(last|best|previous)\.safetensors"' "$work/trace" || problem "a checkpoint was unlinked"
    elif [ "$scenario" = export ] || [ "$scenario" = convert ]; then
        cmp -s "$box/old" "$box/model.safetensors" || "bits_$scenario" | cmp -s - "$work/expected" || problem "neither the old nor the new file is there"
        ! grep -E 'unlink(at)?\([^)]*/model\.safetensors"' "$work/trace" || problem "the file was unlinked"
    elif [ "$scenario" = segment ]; then
        { [ -f "$box/result/.ssp-result.json" ] && [ -f "$box/result/result.json" ] && [ -f "$box/result/index.html" ]; } || problem "no whole result is there"
    fi
    if ! "again_$scenario"; then
        problem "the next run failed"
    elif ! "bits_$scenario" | cmp -s - "$work/expected"; then
        problem "the next run came to other bits"
    else
        local left
        left=$(find "$box" -name '*.part' -o -name '.*.partial*' -o -name '*.former' -o -name '*.tmp')
        [ -z "$left" ] || problem "left behind: $left"
    fi
}

# The calls of a trace that touch the box, as "CALL COUNT", the count being among the calls of that name of the same thread.
points() {
    awk -v box="$box" '
        !/resumed>/ && match($0, /^[0-9]+ +[a-z0-9]+\(/) {
            split(substr($0, 1, RLENGTH - 1), part, / +/)
            call = part[2]; count = ++seen[part[1], call]
            if (index($0, box) && !(call == "openat" && /O_RDONLY/) && !/\.ssp-trace/ && !done[call, count]++) print call, count
        }' "$1"
}

# Without --seccomp-bpf, with which strace counts no calls.
# usage: traced INJECTION…: runs the command of the scenario under strace
traced() {
    # In the background, so that the shell does not tell of each kill.
    strace -f -q -y -s 300 -o "$work/trace" -e "trace=$calls" "$@" "${ssp[@]}" $("command_$scenario") >"$work/out" 2>&1 &
    wait $! 2>/dev/null
}

# usage: spread N: N of the lines of the input, evenly
spread() { awk -v n="${1:-}" -v shift="$shift" '{ line[NR] = $0 } END { if (n == "" || n > NR) n = NR; for (i = 0; i < n; i++) print line[int((i + shift / 100) * NR / n) + 1] }'; }

killed=0 moments=0 given=0 all=0
counts() { echo "$scenario: $killed kills at system calls of $all, $moments at random moments, $given errors"; }

run_scenario() {
    local turn=0 call count code length seconds kinds=(EIO ENOSPC EROFS)
    killed=0 moments=0 given=0
    moment=baseline
    fresh "$scenario"
    seconds=$(date +%s%N)
    traced || { problem "the command fails by itself"; return; }
    length=$((($(date +%s%N) - seconds) / 1000000))
    "bits_$scenario" >"$work/expected"
    points "$work/trace" >"$work/points"
    all=$(wc -l <"$work/points") running=1
    while read -r call count; do
        moment="killed at $call $count"
        fresh "$scenario"
        if ! traced -e "inject=$call:signal=SIGKILL:when=$count"; then
            grep -q 'killed by SIGKILL' "$work/trace" && killed=$((killed + 1))
        fi
        judge
    done < <(spread "$kills" <"$work/points")
    for ((i = 0; i < random; i++)); do
        moment="killed at a random moment"
        fresh "$scenario"
        : >"$work/trace"
        "${ssp[@]}" $("command_$scenario") >"$work/out" 2>&1 &
        sleep "$(awk -v most="$length" -v r="$RANDOM" 'BEGIN { print most / 1000 * r / 32768 }')"
        kill -9 $! 2>/dev/null && moments=$((moments + 1))
        wait $! 2>/dev/null || true
        judge
    done
    while read -r call count; do
        local kind=${kinds[$((turn++ % 3))]}
        moment="$kind at $call $count"
        fresh "$scenario"
        code=0
        traced -e "inject=$call:error=$kind:when=$count" || code=$?
        ! grep -q INJECTED "$work/trace" || given=$((given + 1))
        [ "$code" = 0 ] || [ "$code" = 2 ] || problem "exit code $code"
        [ "$call" != fsync ] || [ "$kind" = EROFS ] || [ "$code" = 2 ] || grep -qE 'cache|png' <(grep INJECTED "$work/trace") || problem "the disk refused, but the exit code is $code"
        [ "$code" = 0 ] || [ "$(grep -c . "$work/out")" -le 60 ] || problem "more than a few lines"
        judge
    done < <(spread "$errors" <"$work/points")
    running=
    counts
}

# A hundred second trainers are refused while one is at work, each within a second; the lock of a trainer that was killed is taken over.
run_lock() {
    local refused=0 slow=0 start trainer
    moment="two at once"
    fresh train
    sed 's/"epochs": 3/"epochs": 10000/' "$here/options.json" >"$work/long.json"
    "${ssp[@]}" train --data "$work/data" --config "$here/tiny.json" --options "$work/long.json" --flow none --out "$box/run" >"$work/first" 2>&1 &
    trainer=$!
    for ((i = 0; i < 300; i++)); do
        [ ! -f "$box/run/last.safetensors" ] || break
        sleep 0.1
    done
    [ -f "$box/run/last.safetensors" ] || { cp "$work/first" "$work/out"; problem "the first trainer saved nothing"; return; }
    for ((i = 0; i < 100; i++)); do
        start=$(date +%s%N)
        local code=0
        quiet train --data "$work/data" --flow none --out "$box/run" --resume || code=$?
        [ "$code" = 2 ] && grep -q "a training is at work there (process $trainer" "$work/out" && refused=$((refused + 1))
        [ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ] || slow=$((slow + 1))
    done
    kill -9 $trainer
    wait $trainer 2>/dev/null || true
    [ "$refused" = 100 ] || problem "only $refused of 100 were refused"
    "${ssp[@]}" train --data "$work/data" --flow none --out "$box/run" --resume >"$work/second" 2>&1 &
    trainer=$!
    local before
    before=$(wc -l <"$box/run/metrics.csv")
    for ((i = 0; i < 100 && $(wc -l <"$box/run/metrics.csv") <= before; i++)); do sleep 0.1; done
    [ "$(wc -l <"$box/run/metrics.csv")" -gt "$before" ] || problem "the lock of a dead trainer was not taken over"
    kill -9 $trainer
    wait $trainer 2>/dev/null || true
    echo "lock: $refused of 100 refused, $slow of them after more than a second; taken over after a kill"
}

for scenario in "${scenarios[@]}"; do
    case $scenario in
        lock) run_lock ;;
        train | cache | export | convert | segment | batch) run_scenario ;;
        *) echo "there is no scenario $scenario" >&2; exit 2 ;;
    esac
done
echo "$problems problems"
[ "$problems" -eq 0 ]
