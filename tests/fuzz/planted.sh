#!/usr/bin/env bash
# Proves the fuzzers: plants a bug in each reader (planted.txt), all in one copy of the checkout, and fuzzes each target until its bug is found. Exits with
# 1 where one is not.
#   planted.sh [SECONDS]     the most for each target, default 60
set -euo pipefail
seconds=${1:-60}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
copy=$(mktemp -d "${TMPDIR:-/tmp}/ssp-planted.XXXXXX")
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$copy"

plants() { grep -v '^#' tests/fuzz/planted.txt; }
field() { awk -F ' [|] ' -v n="$2" '{ print $n }' <<<"$1"; }
while IFS= read -r plant; do
    file=$copy/$(field "$plant" 3) there=$(field "$plant" 4) planted=$(field "$plant" 5)
    count=$(grep -cF -- "$there" "$file" || true)
    [ "$count" = 1 ] || { echo "planted.txt: $(field "$plant" 3) has $count lines of: $there" >&2; exit 2; }
    THERE=$there PLANTED=$planted perl -0pi -e 's/\Q$ENV{THERE}\E/$ENV{PLANTED}/' "$file"
done < <(plants)

export SSP_FUZZ_WORK=$copy/work AFL_BENCH_UNTIL_CRASH=1
missed=0 built=
while IFS= read -r plant; do
    target=$(field "$plant" 1) where=$(field "$plant" 2)
    found=$(TreatWarningsAsErrors=false SSP_FUZZ_BUILT=$built "$copy/tests/fuzz/run.sh" --seconds "$seconds" "$target" 2>&1 || true)
    built=1
    input=$(grep -m 1 '^!! ' <<<"$found" | cut -c 4- || true)
    trace=$([ -z "$input" ] || dotnet "$SSP_FUZZ_WORK/plain/SspNative.Fuzz.dll" "$target" "$input" 2>&1 || true)
    if grep -q "$where" <<<"$trace"; then
        echo "$target: found after $(grep -oE '[0-9]+ executions' <<<"$found" | head -n 1): $(grep -m 1 -oE 'FuzzFinding: .*' <<<"$trace" | cut -c 14-160)"
    else
        missed=$((missed + 1))
        echo "!! $target: the planted bug was not found"
        tail -n 3 <<<"$found"
    fi
done < <(plants)
echo "$(plants | wc -l) planted, $missed missed"
[ "$missed" -eq 0 ]
