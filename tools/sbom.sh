#!/usr/bin/env bash
# Writes what ssp is made of: bom.json, a bill of materials in CycloneDX's form, and licences.txt, a line for each package. Fails where a package states
# no licence.
#   sbom.sh [FOLDER]     default: sbom
set -euo pipefail
out=$(realpath -m -- "${1:-sbom}")
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p "$out"
dotnet tool restore --tool-manifest dotnet-tools.json >/dev/null
dotnet restore ../ssp-model/cli/SspNative.Cli.csproj -v quiet
dotnet tool run dotnet-CycloneDX ../ssp-model/cli/SspNative.Cli.csproj -o "$out" -F Json --disable-package-restore --no-serial-number --include-license-text --set-name ssp >/dev/null
dotnet run Licences.cs -- "$out/bom.json" >"$out/licences.txt"
echo "$out: bom.json and licences.txt, $(wc -l <"$out/licences.txt") packages"
