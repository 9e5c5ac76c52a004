#!/usr/bin/env bash
# Changes one folder of the product, change by change, and tells which changes no test notices. See README.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
usage="usage: run.sh FOLDER [--tests PATH]… [--floor PERCENT] [--workers N] [--sample N] [--report FILE.json] [--again FILE.json]"
fail() {
    echo "$1" >&2
    exit 2
}

folder= floor=95 workers=2 sample=0 report= again=
tests=()
while [ $# -gt 0 ]; do
    case $1 in
        --tests | --floor | --workers | --sample | --report | --again)
            [ $# -gt 1 ] || fail "$1 needs a value; $usage"
            case $1 in
                --tests) tests+=("${2%/}") ;;
                --floor) floor=$2 ;;
                --workers) workers=$2 ;;
                --sample) sample=$2 ;;
                --report) report=$(realpath -m -- "$2") ;;
                --again) again=$(realpath -m -- "$2") ;;
            esac
            shift 2
            ;;
        -*) fail "there is no option $1; $usage" ;;
        *)
            [ -z "$folder" ] || fail "one folder at a time; $usage"
            folder=${1%/}
            shift
            ;;
    esac
done
[ -n "$folder" ] || fail "$usage"
[[ $floor =~ ^[0-9]+$ && $floor -le 100 ]] || fail "--floor $floor: it must be a whole number from 0 to 100"
[[ $workers =~ ^[1-9][0-9]*$ ]] || fail "--workers $workers: it must be a whole number from 1 on"
[[ $sample =~ ^[0-9]+$ ]] || fail "--sample $sample: it must be a whole number of mutants, or 0 for all"
cd "$root"
[ -e "$folder" ] || fail "$folder: there is no such folder or file below $root"
[ -z "$report" ] || [ ! -e "$report" ] || fail "--report $report: it exists; name another file"
[ -z "$again" ] || [ -f "$again" ] || fail "--again $again: there is no such file"

# The project that the folder belongs to, and what lies below it.
case $folder/ in
    kernels/*) project=kernels/SspNative.Kernels.csproj ;;
    engine/*) project=engine/SspNative.Engine.csproj ;;
    ssp-model/lab/*) project=ssp-model/lab/SspNative.Lab.csproj ;;
    ssp-model/cli/*) project=ssp-model/cli/SspNative.Cli.csproj ;;
    ssp-model/*) project=ssp-model/SspNative.Model.csproj ;;
    *) fail "$folder: it is no folder of kernels, engine or ssp-model" ;;
esac
home=$(dirname "$project")
below=${folder#"$home"}
below=${below#/}

# The tests that mirror the folder.
if [ ${#tests[@]} -eq 0 ]; then
    family=${below#*/}
    family=${family%%/*}
    case $folder/ in
        kernels/Cpu/) tests=(tests/Kernels tests/Ops) ;;
        kernels/*) tests=("tests/Kernels/$family" tests/Kernels/Calls tests/Ops) ;;
        engine/Ops*) tests=(tests/Ops) ;;
        ssp-model/cli/*) tests=(tests/CommandLine) ;;
        *) tests=("tests/${below%%/*}") ;;
    esac
else
    for each in "${tests[@]}"; do
        [ -e "$each" ] || fail "--tests $each: there is no such folder or file below $root"
    done
fi
# With their namespaces, which a file names once.
classes() {
    for each in "${tests[@]}"; do
        [ ! -e "$each" ] || grep -rlP --include='*.cs' '^(public |internal |sealed |abstract |partial |unsafe )*class ' "$each" || true
    done | sort -u | while read -r file; do
        space=$(grep -oP '^namespace \K[\w.]+' "$file")
        grep -oP '^(public |internal |sealed |abstract |partial |unsafe )*class \K\w+' "$file" | sed "s/^/$space./"
    done | sort -u
}
[ -n "$(classes)" ] || fail "$folder: no tests in ${tests[*]}; name their folder with --tests"

# Everything happens in a copy, so that the tree and what is built in it stay as they are.
work=$(mktemp -d "${TMPDIR:-/tmp}/ssp-mutation.XXXXXX")
trap 'rm -rf "$work"' EXIT
git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done \
    | tar --null -T - -cf - | tar -xf - -C "$work"
cd "$work"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
sed -i 's#</Project>#<PropertyGroup><TreatWarningsAsErrors>false</TreatWarningsAsErrors><RunAnalyzers>false</RunAnalyzers><GenerateDocumentationFile>false</GenerateDocumentationFile></PropertyGroup></Project>#' \
    Directory.Build.props

# What survived before, or all of the folder.
mutate='[ "**/*.cs" ]'
if [ -n "$again" ]; then
    mutate=$(dotnet run --file "$work/tests/mutation/Again.cs" -- spans "$again" "$work" "$folder" "$home") || exit 2
    if [ "$mutate" = "[]" ]; then
        [ -z "$report" ] || cp "$again" "$report"
        echo "nothing survived in $again"
        exit 0
    fi
fi

result=$work/report.json
log=$work/build.log
dotnet build tests/SspNative.Tests.csproj -c Release >"$log" || { cat "$log" >&2; exit 3; }
dotnet build "$project" -c Release --no-incremental -p:BuildProjectReferences=false -p:EmitCompilerGeneratedFiles=true -p:CompilerGeneratedFilesOutputPath="$work/generated" \
    -getItem:Compile -getItem:ReferencePathWithRefAssemblies -getItem:EmbeddedResource -getProperty:DefineConstants -getProperty:AssemblyName \
    -getProperty:OutputType >build.json || { cat build.json >&2; exit 3; }
mkdir -p generated
dotnet build tests/mutation/RunTests.cs -c Release -o "$work/runner" >"$log" || { cat "$log" >&2; exit 3; }
printf '%s' "$mutate" >spans.json
mapfile -t names < <(classes)
# Changes crash again and again.
(
    ulimit -c 0
    dotnet run --file tests/mutation/Mutate.cs -- build.json generated spans.json "$folder" "$home" tests/bin/Release/net10.0 runner/RunTests.dll \
        "$workers" "$sample" "$result" "${names[@]}"
) || exit 3
[ -z "$again" ] || dotnet run --file "$work/tests/mutation/Again.cs" -- merge "$again" "$result" "$result"
[ -z "$report" ] || cp "$result" "$report"
code=0
dotnet run --file "$work/tests/mutation/Report.cs" -- "$result" "$floor" "$work" "$work/tests/mutation/equivalent.txt" || code=$?
exit "$code"
