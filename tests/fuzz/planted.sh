#!/usr/bin/env bash
# Proves the fuzzers: plants a bug in each reader (planted.txt), all in one copy of the checkout, and fuzzes each target until its own bug is found: those of
# readers that several targets share do not count. Exits with 1 where one is not.
#   planted.sh [SECONDS [TARGET…]]     the most for each target, default 60; which targets, default all
set -euo pipefail
seconds=${1:-60}
shift || true
wanted=" $* "
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

# A planted bug may leave something unused.
sed -i 's|<TreatWarningsAsErrors>true|<TreatWarningsAsErrors>false|' "$copy/Directory.Build.props"

export SSP_FUZZ_WORK=$copy/work AFL_BENCH_UNTIL_CRASH=1
missed=0 tried=0 built=
while IFS= read -r plant; do
    target=$(field "$plant" 1) where=$(field "$plant" 2)
    [[ $wanted = "  " || $wanted = *" $target "* ]] || continue
    tried=$((tried + 1))
    found=$(SSP_FUZZ_BUILT=$built SSP_FUZZ_UNTIL=$where "$copy/tests/fuzz/run.sh" --seconds "$seconds" "$target" 2>&1 || true)
    built=1
    trace=
    while IFS= read -r input; do
        trace=$(dotnet "$SSP_FUZZ_WORK/plain/SspNative.Fuzz.dll" "$target" "$input" 2>&1 || true)
        ! grep -q "$where" <<<"$trace" || break
    done < <(grep '^!! ' <<<"$found" | cut -c 4-)
    if grep -q "$where" <<<"$trace"; then
        echo "$target: found after $(grep -oE '[0-9]+ executions' <<<"$found" | head -n 1): $(grep -m 1 -oE 'FuzzFinding: .*' <<<"$trace" | cut -c 14-160)"
    else
        missed=$((missed + 1))
        echo "!! $target: the planted bug was not found"
        tail -n 3 <<<"$found"
    fi
done < <(plants)
echo "$tried planted, $missed missed"
[ "$missed" -eq 0 ] && [ "$tried" -gt 0 ]
