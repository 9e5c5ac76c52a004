#!/usr/bin/env bash
# Trains a binary model on cut-outs before photographs and scores it on pictures and recordings that it never met. Half an hour on two cores.
# The model is not part of the project: what it learnt from is under licences of its own. Usage: models/cutouts.sh WORKDIR
# What is there already is not made again, and a training that was stopped goes on.
set -euo pipefail
work=$(realpath -m -- "${1:?a folder to work in}")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
dotnet build ssp-model/cli -c Release -v quiet
ssp() { dotnet run -c Release --no-build --project ssp-model/cli -- "$@"; }

tools/cutouts.sh "$work/packages"
export PATH=$PATH:$work/packages/bin
# usage: clips NAME COUNT SEED SPLIT
clips() {
    [ -d "$work/$1" ] || ssp data cutouts --out "$work/$1" --clips "$2" --seed "$3" --split "$4" \
        --stamps "$work/packages/stamps" --gcompris "$work/packages/gcompris" --backgrounds "$work/packages/backgrounds"
}
clips train 3120 21 0.9615,0.0385,0
clips unseen 200 90211 test
sed 's/"epochs": 7/"epochs": 4/' models/synth-avs.json >"$work/options.json"
how=(--config models/synth.json --options "$work/options.json" --cache none)
[ ! -e "$work/avs/run.json" ] || how=(--resume)
ssp train --data "$work/train" --out "$work/avs" "${how[@]}"
# Pictures, recordings and photographs of the training in other clips, and those that it never met.
ssp eval "$work/avs/best.safetensors" --data "$work/train" --split val --flow pyramid
ssp eval "$work/avs/best.safetensors" --data "$work/unseen" --flow pyramid
ssp export "$work/avs/best.safetensors" --half --overwrite --out "$work/cutouts-avs.safetensors" \
    --note "Trained on cut-outs of Tux Paint and GCompris before photographs; on pictures that it never met it finds a tenth."
