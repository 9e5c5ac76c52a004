#!/usr/bin/env bash
# Trains the bundled model from nothing on synthetic clips and scores it on clips of other seeds. Usage: models/train.sh WORKDIR
set -euo pipefail
work=${1:?a folder to work in}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
dotnet build ssp-model/cli -c Release -v quiet
ssp() { dotnet run -c Release --no-build --project ssp-model/cli -- "$@"; }

ssp data synth --out "$work/train" --clips 3120 --seed 11 --split 0.9615,0.0385,0
ssp data synth --out "$work/fresh" --clips 200 --seed 90210 --split test
ssp train --data "$work/train" --prompt-level a --out "$work/avs" --config models/synth.json --options models/synth-avs.json --cache none
ssp eval "$work/avs/best.safetensors" --data "$work/fresh" --prompt-level a --flow pyramid
ssp eval "$work/avs/sounding-classes/best.safetensors" --data "$work/fresh" --prompt-level a --flow pyramid
ssp export "$work/avs/best.safetensors" --half --out models/synth-avs.safetensors --note "$(cat models/synth-avs.txt)"
