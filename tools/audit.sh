#!/usr/bin/env bash
# Fails where a package of the solution, or one that it brings along, has a known vulnerability. A check that finds nothing proves something only if it
# finds what is known to be bad: so a throwaway project with such a package is checked first.
#   audit.sh [PROJECT|SOLUTION]   default: the solution
#   SSP_AUDIT_SOURCE              a package source that tells of vulnerabilities, where the usual one does not
# Exits with 0 where there is none, 1 where there is one, 3 where the package source tells of no vulnerabilities, so that nothing can be said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

known=$(mktemp -d)
trap 'rm -rf "$known"' EXIT
options=()
if [ -n "${SSP_AUDIT_SOURCE:-}" ]; then
    options=(--config "$known/nuget.config")
    cat >"$known/nuget.config" <<CONFIG
<configuration>
  <auditSources><clear /><add key="audit" value="$SSP_AUDIT_SOURCE" protocolVersion="3" allowInsecureConnections="true" /></auditSources>
</configuration>
CONFIG
fi

# usage: vulnerable PROJECT: the packages with advisories, a line each; fails where they cannot be listed
vulnerable() {
    local report
    report=$(dotnet list "$1" package --vulnerable --include-transitive --format json "${options[@]}") || return
    # In the report a package has "vulnerabilities" behind its versions.
    awk -F'"' '$2 == "id" { id = $4 } $2 == "resolvedVersion" { version = $4 } $2 == "advisoryurl" || $2 == "advisoryUrl" { print id " " version ": " $4 }' <<<"$report" | sort -u
}

cat >"$known/known-bad.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup><PackageReference Include="Newtonsoft.Json" Version="12.0.1" /></ItemGroup>
</Project>
PROJECT
dotnet restore "$known/known-bad.csproj" -v quiet
if [ -z "$(vulnerable "$known/known-bad.csproj")" ]; then
    echo "audit: the package source tells of no vulnerabilities, not even of Newtonsoft.Json 12.0.1, which has one; nothing can be said" >&2
    exit 3
fi
found=$(vulnerable "${1:-SSP.Native.sln}") || { echo "audit: the packages of ${1:-SSP.Native.sln} cannot be listed" >&2; exit 3; }
[ -z "$found" ] || { echo "$found"; exit 1; }
echo "audit: no known vulnerability"
