#!/usr/bin/env bash
# Makes the pictures of the README and of docs/results.md anew, by the README's first command as it is printed there: docs/example.png has what moves, what
# the frames are multiplied with, the frames of overlay.mp4, and the page beside them; docs/page.png has the page alone. Needs ffmpeg and Chromium.
#   pictures.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
first=$(grep -m 1 -- '-- segment ' README.md)
eval "${first/--out result/--out $made/result}"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
"$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=4000 --window-size=640,1055 \
    --screenshot="$made/page.png" "file://$made/result/index.html" 2>"$made/browser.txt"

# One column a kind, one row a second; the last frame has no flow.
column="scale=208:208:flags=lanczos,tile=1x5:padding=4:color=white"
ffmpeg -v error -y \
    -framerate 1 -i "$made/result/flow/%04d.png" -framerate 1 -i "$made/result/pre-mask/%04d.png" -i "$made/result/overlay.mp4" -i "$made/page.png" \
    -filter_complex "[0]${column}[flow];[1]${column}[mask];[2]fps=1,${column}[overlay];[3]scale=-2:1056[page];
        [flow]pad=iw+4:ih:0:0:white[f];[mask]pad=iw+4:ih:0:0:white[m];[overlay]pad=iw+8:ih:0:0:white[o];
        [f][m][o][page]hstack=4,split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=dither=none" \
    -frames:v 1 docs/example.png
ffmpeg -v error -y -i "$made/page.png" -vf "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=dither=none" -frames:v 1 docs/page.png
