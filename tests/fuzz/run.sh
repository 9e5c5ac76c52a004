#!/usr/bin/env bash
# Fuzzes the readers of outside bytes, each with AFL++ over SharpFuzz's coverage, and tells of every input that a reader did not read or refuse as it
# should (FuzzTarget.Judge). See README.md. Exits with 1 where there is such an input, 2 where it cannot begin.
#   run.sh [TARGET|all] [MINUTES]           fuzzes one target or all, a minute each by default: a third of it AFL++, the rest inside the process
#   run.sh --seconds N [TARGET|all]         the same in seconds
#   run.sh --table                          prints what was done so far as a table
#   SSP_FUZZ_WORK    where the instrumented program and what was found lie; default: tests/fuzz/bin/work
#   SSP_FUZZ_UNTIL   a pattern: the fuzzer inside ends with the first finding whose trace it matches, and keeps no other
#   SSP_FUZZ_BUILT   1: the program of an earlier run serves
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() { echo "$1" >&2; exit 2; }
target=all seconds=60 table=
while [ $# -gt 0 ]; do
    case $1 in
        --table) table=1 ;;
        --seconds)
            [ $# -gt 1 ] || fail "--seconds needs a value"
            seconds=$2
            shift
            ;;
        [0-9]*) seconds=$(($1 * 60)) ;;
        *) target=$1 ;;
    esac
    shift
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds $seconds: it must be a whole number from 1 on"
work=$(realpath -m -- "${SSP_FUZZ_WORK:-tests/fuzz/bin/work}")
seeds=$PWD/tests/fuzz/seeds
mapfile -t all < <(cd "$seeds" && printf '%s\n' *)

# usage: stat TARGET NAME, inside TARGET NAME: a number of the statistics of AFL++ and of the fuzzer inside the process, 0 where there are none
stat() { number "$work/out/$1/default/fuzzer_stats" "$2"; }
inside() { number "$work/out/$1/inside/stats" "$2"; }
number() { awk -v name="$2" '$1 == name { found = $3 } END { print found + 0 }' "$1" 2>/dev/null || echo 0; }
findings() { find "$work/out/$1/default/crashes" "$work/out/$1/default/hangs" "$work/out/$1/inside/crashes" -type f ! -name README.txt 2>/dev/null | sort; }

if [ -n "$table" ]; then
    echo "| target | executions | by AFL++ | inside | paths | findings |"
    echo "|---|---|---|---|---|---|"
    total=0
    for name in "${all[@]}"; do
        outer=$(stat "$name" execs_done) inner=$(inside "$name" execs_done)
        total=$((total + outer + inner))
        echo "| $name | $((outer + inner)) | $outer | $inner | $(($(stat "$name" corpus_count) + $(find "$work/out/$name/inside/queue" -type f 2>/dev/null | wc -l))) | $(findings "$name" | wc -l) |"
    done
    echo "| all | $total | | | | |"
    exit
fi

[ "$target" = all ] || [ -d "$seeds/$target" ] || fail "there is no target $target; there are ${all[*]}"
if ! command -v afl-fuzz >/dev/null; then
    [ "$(id -u)" = 0 ] || fail "afl-fuzz is missing: apt install afl++"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends afl++; } >&2 || fail "afl-fuzz is missing: apt install afl++"
fi
if [ "${SSP_FUZZ_BUILT:-}" != 1 ]; then
    dotnet build tests/fuzz -c Release -v quiet
    dotnet tool restore --tool-manifest tests/fuzz/dotnet-tools.json >/dev/null
    rm -rf "$work/program" "$work/plain"
    mkdir -p "$work/program" "$work/plain"
    # What is instrumented runs under the fuzzer alone; findings are shown by the other.
    for copy in program plain; do cp -r tests/fuzz/bin/Release/net10.0/. "$work/$copy"; done
    for assembly in SspNative.Engine SspNative.Model; do
        (cd tests/fuzz && dotnet tool run sharpfuzz "$work/program/$assembly.dll")
    done
fi

# Not of crashes but of the machine; readers of files find theirs in memory where that is possible.
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" ssp-fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch

found=0
# usage: fuzz TARGET
fuzz() {
    local name=$1 before log=$work/$1.log out=$work/out/$1
    mkdir -p "$out/inside"
    before=$(($(stat "$name" execs_done) + $(inside "$name" execs_done)))
    if ! afl-fuzz -V "$(((seconds + 2) / 3))" -i "$seeds/$name" -o "$out" -x tests/fuzz/tokens.dict -t 60000 -m none -G 65536 -- \
        dotnet "$work/program/SspNative.Fuzz.dll" "$name" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "$name: the fuzzer could not run"
    fi
    if [ "$seconds" -ge 3 ] &&
        ! dotnet "$work/program/SspNative.Fuzz.dll" "$name" --inside "$((seconds - (seconds + 2) / 3))" "$out/inside" tests/fuzz/tokens.dict \
            "$seeds/$name" "$out/default/queue" >>"$log" 2>&1; then
        # What ended the process is the input that was being read.
        tail -c +5 "$out/inside/current" | head -c "$(od -An -t d4 -N 4 "$out/inside/current")" >"$out/inside/crashes/ended-$(date +%s)"
    fi
    echo "$name: $(($(stat "$name" execs_done) + $(inside "$name" execs_done) - before)) executions," \
        "$(stat "$name" execs_done) by AFL++ and $(inside "$name" execs_done) inside in all, $(stat "$name" corpus_count) paths"
    local input
    while IFS= read -r input; do
        found=$((found + 1))
        echo "!! $input"
        timeout 30 dotnet "$work/plain/SspNative.Fuzz.dll" "$name" "$input" 2>&1 | grep -m 1 -E "Finding|Unhandled" || true
    done < <(findings "$name")
}
if [ "$target" = all ]; then
    for name in "${all[@]}"; do fuzz "$name"; done
else
    fuzz "$target"
fi
echo "$found findings"
[ "$found" -eq 0 ]
