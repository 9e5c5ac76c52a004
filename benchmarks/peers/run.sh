#!/usr/bin/env bash
# Builds a peer and becomes it: run.sh libtorch|onnxruntime|tensor-primitives, or run.sh libtorch check CASE…. Standard input and output are the peer's alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=${1:-}
case $peer in
  libtorch) project=Libtorch launcher=("$here/../../tools/sandbox.sh") ;;
  onnxruntime) project=OnnxRuntime launcher=() ;;
  tensor-primitives) project=TensorPrimitives launcher=() ;;
  *) echo "usage: run.sh libtorch|onnxruntime|tensor-primitives, or run.sh libtorch check CASE…" >&2; exit 2 ;;
esac
shift

# No server may outlive the build: it would hold the caller's standard error open.
dotnet build "$here/$project" -c Release --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false </dev/null >&2
exec "${launcher[@]}" dotnet "$here/$project/bin/Release/net10.0/SspNative.Peers.$project.dll" "$@"
