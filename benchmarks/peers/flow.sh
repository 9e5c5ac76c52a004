#!/usr/bin/env bash
# The classical optical flow beside OpenCV's DIS, in time and error. Needs Python with OpenCV (apt install python3-opencv). Usage: flow.sh [PYTHON]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dotnet build "$here/Flow" -c Release --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false </dev/null >&2
exec dotnet "$here/Flow/bin/Release/net10.0/SspNative.Peers.Flow.dll" "$@"
