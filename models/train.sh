#!/usr/bin/env bash
# Trains the bundled models, binary and semantic, from nothing on synthetic clips and scores them on clips of other seeds. Usage: models/train.sh WORKDIR
# What is there already is not made again, and a training that was stopped goes on.
set -euo pipefail
work=$(realpath -m -- "${1:?a folder to work in}")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
dotnet build ssp-model/cli -c Release -v quiet
ssp() { dotnet run -c Release --no-build --project ssp-model/cli -- "$@"; }

# usage: train NAME OPTION…
train() {
    local name=$1 how=(--prompt-level d --config models/synth.json --options "models/synth-$1.json" --cache none "${@:2}")
    [ ! -e "$work/$name/run.json" ] || how=(--resume)
    ssp train --data "$work/train" --out "$work/$name" "${how[@]}"
}
[ -d "$work/train" ] || ssp data synth --out "$work/train" --clips 6240 --seed 11 --split 0.98,0.02,0
[ -d "$work/fresh" ] || ssp data synth --out "$work/fresh" --clips 200 --seed 90210 --split test
train avs
train avss --task avss --weights "$work/avs/best.safetensors" --stage1 "$work/avs/best.safetensors"
for task in avs avss; do
    ssp export "$work/$task/best.safetensors" --half --overwrite --out "models/synth-$task.safetensors" --note "$(cat models/synth.txt)"
done
ssp eval models/synth-avs.safetensors --data "$work/fresh" --prompt-level d --flow pyramid
ssp eval models/synth-avss.safetensors --data "$work/fresh" --prompt-level d --flow pyramid --stage1 models/synth-avs.safetensors
