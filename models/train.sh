#!/usr/bin/env bash
# Trains the bundled models, binary and semantic, from nothing on synthetic clips and scores them on clips of other seeds. Usage: models/train.sh WORKDIR
set -euo pipefail
work=${1:?a folder to work in}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
dotnet build ssp-model/cli -c Release -v quiet
ssp() { dotnet run -c Release --no-build --project ssp-model/cli -- "$@"; }

ssp data synth --out "$work/train" --clips 6240 --seed 11 --split 0.98,0.02,0
ssp data synth --out "$work/fresh" --clips 200 --seed 90210 --split test
ssp train --data "$work/train" --prompt-level d --out "$work/avs" --config models/synth.json --options models/synth-avs.json --cache none
ssp train --data "$work/train" --prompt-level d --out "$work/avss" --config models/synth.json --options models/synth-avss.json --cache none \
    --task avss --weights "$work/avs/best.safetensors" --stage1 "$work/avs/best.safetensors"
for task in avs avss; do
    ssp export "$work/$task/best.safetensors" --half --overwrite --out "models/synth-$task.safetensors" --note "$(cat models/synth.txt)"
done
ssp eval models/synth-avs.safetensors --data "$work/fresh" --prompt-level d --flow pyramid
ssp eval models/synth-avss.safetensors --data "$work/fresh" --prompt-level d --flow pyramid --stage1 models/synth-avs.safetensors
