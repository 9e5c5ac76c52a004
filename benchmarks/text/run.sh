#!/usr/bin/env bash
# Does text that knows what sounds help, and does text that is wrong cost as much? Trains the bundled binary model on, with text and without, on clips whose
# sound is as loud as the noise, and scores both on clips of other seeds. About half an hour on two cores.
# Usage: benchmarks/text/run.sh WORKDIR. What is there already is not made again. $SSP: the command, else it is built; $CLIPS: training clips.
# $KINDS: which rows, "with-text without-text"; $POSITIONS: tokens that the text encoder reads, 64.
set -euo pipefail
work=$(realpath -m -- "${1:?a folder to work in}")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
if [ -z "${SSP:-}" ]; then
    dotnet build ssp-model/cli -c Release -v quiet
    SSP="dotnet ssp-model/cli/bin/Release/net10.0/ssp.dll"
fi
mkdir -p "$work"
sed -e '1s/{/{ "vta": { "gate": true, "embed_visual": true, "text_keys": true },/' -e "s/\(\"max_position_embeddings\": \)64/\1${POSITIONS:-64}/" \
    models/synth.json >"$work/with-text.json"
sed '1s/{/{ "text_fusion": "none",/' models/synth.json >"$work/without-text.json"

# usage: clips NAME COUNT SEED SPLIT HITS FALSE_ALARMS
clips() {
    [ -d "$work/$1" ] || $SSP data synth --out "$work/$1" --clips "$2" --seed "$3" --split "$4" --snr 0 --text-hit-rate "$5" --text-false-alarm-rate "$6"
}
clips train "${CLIPS:-1560}" 5101 0.96,0.04,0 1 0
for seed in 9902 31337; do
    clips "right-$seed" 150 "$seed" test 1 0
    clips "all-$seed" 150 "$seed" test 1 1
    clips "wrong-$seed" 150 "$seed" test 0 1
done
for kind in ${KINDS:-with-text without-text}; do
    best=$work/$kind/best.safetensors
    # A run that was stopped goes on.
    how=(--config "$work/$kind.json" --options "$here/$kind.json" --weights models/synth-avs.safetensors --prompt-level d --cache none)
    [ ! -e "$work/$kind/run.json" ] || how=(--resume)
    $SSP train --data "$work/train" --out "$work/$kind" "${how[@]}"
    for seed in 9902 31337; do
        for text in right all wrong; do
            echo "$kind, seed $seed, text: $text"
            $SSP eval "$best" --data "$work/$text-$seed" --split test --prompt-level d --flow none
        done
    done
done
