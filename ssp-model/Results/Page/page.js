"use strict";
const read = kind => [...document.querySelectorAll(`script[data-kind="${kind}"]`)].map(s => JSON.parse(s.textContent));
const frames = read("frame"), clip = read("clip")[0], report = clip.report;
const at = id => document.getElementById(id);
const { width, height, frames_per_second: fps } = report;
const duration = frames.length / fps;
const hidden = new Set();
let view = "picture", masked = true, drawn = null;

// What plays: a video or a sound; a clip of pictures alone has a clock of its own.
const media = clip.media ? document.createElement(clip.media) : silentClock();
function silentClock() {
  let from = 0, since = null;
  return {
    get currentTime() { return since === null ? from : Math.min(duration, from + (performance.now() - since) / 1000); },
    set currentTime(t) { from = t; if (since !== null) since = performance.now(); },
    get paused() { return since === null; },
    get ended() { return this.currentTime >= duration; },
    play() { if (this.ended) from = 0; since = performance.now(); },
    pause() { from = this.currentTime; since = null; },
  };
}
if (clip.media) {
  media.preload = "auto";
  media.src = clip.source.includes(".") ? clip.source : URL.createObjectURL(new Blob([Uint8Array.from(atob(clip.source), c => c.charCodeAt(0))], { type: clip.type }));
  if (clip.media === "video") {
    media.playsInline = true;
    at("stage").prepend(media);
  }
}
const usesVideo = clip.media === "video";

const stage = at("stage"), canvas = at("mask"), picture = at("picture");
stage.style.aspectRatio = `${width} / ${height}`;
stage.style.maxHeight = "70vh";
stage.style.maxWidth = `min(100%, calc(70vh * ${width / height}))`;
canvas.width = width;
canvas.height = height;

// COCO's compressed run lengths, to the rows of the picture: 1 within the mask.
function decode(counts) {
  const runs = [];
  for (let i = 0; i < counts.length;) {
    let number = 0, shift = 0, more = true;
    while (more) {
      const code = counts.charCodeAt(i++) - 48;
      number |= (code & 31) << shift;
      more = (code & 32) !== 0;
      shift += 5;
      if (!more && (code & 16)) number |= -1 << shift;
    }
    runs.push(runs.length > 2 ? number + runs[runs.length - 2] : number);
  }
  const mask = new Uint8Array(width * height);
  let place = 0, inside = 0;
  for (const run of runs) {
    if (inside)
      for (let k = place; k < place + run; k++) mask[(k % height) * width + Math.floor(k / height)] = 1;
    place += run;
    inside ^= 1;
  }
  return mask;
}

function drawMask(frame) {
  const context = canvas.getContext("2d"), pixels = context.createImageData(width, height), data = pixels.data;
  const rim = Math.max(1, Math.floor(height / 240));
  for (const object of frame.objects) {
    if (hidden.has(object.label)) continue;
    const mask = decode(object.counts), [r, g, b] = [1, 3, 5].map(k => parseInt(object.color.slice(k, k + 2), 16));
    const same = (x, y) => mask[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const within = mask[y * width + x];
        const border = same(x - rim, y) !== within || same(x + rim, y) !== within || same(x, y - rim) !== within || same(x, y + rim) !== within;
        if (!within && !border) continue;
        const o = 4 * (y * width + x);
        if (within) [data[o], data[o + 1], data[o + 2], data[o + 3]] = [r, g, b, border ? 255 : 102];
        else if (data[o + 3] === 0) [data[o], data[o + 1], data[o + 2], data[o + 3]] = [16, 16, 16, 255];
      }
  }
  context.putImageData(pixels, 0, 0);
}

function drawCaptions(frame) {
  at("captions").replaceChildren(...frame.objects.filter(o => !hidden.has(o.label)).map(object => {
    const span = document.createElement("span");
    span.textContent = `${object.name} ${object.score.toFixed(2)}`;
    span.dataset.left = object.left;
    span.dataset.top = object.top;
    span.style.background = object.color;
    return span;
  }));
  placeCaptions();
}

// Above what it names where there is room, within the picture, and below captions that are there already.
function placeCaptions() {
  const placed = [], { clientWidth, clientHeight } = stage;
  for (const span of at("captions").children) {
    const { width: wide, height: high } = span.getBoundingClientRect();
    const left = Math.max(0, Math.min(span.dataset.left / width * clientWidth, clientWidth - wide));
    let top = Math.max(0, span.dataset.top / height * clientHeight - high);
    while (placed.some(p => left < p.left + p.wide && p.left < left + wide && top < p.top + p.high && p.top < top + high)) top += 1;
    span.style.left = `${left}px`;
    span.style.top = `${top}px`;
    placed.push({ left, top, wide, high });
  }
}

const indexNow = () => Math.min(frames.length - 1, Math.max(0, Math.floor(media.currentTime * fps + 1e-6)));
const text = seconds => {
  const total = Math.max(0, seconds), minutes = Math.floor(total / 60);
  return `${minutes}:${(total - 60 * minutes).toFixed(1).padStart(4, "0")}`;
};

function draw() {
  const index = indexNow(), frame = frames[index], key = [index, view, masked, stage.clientWidth, ...hidden].join();
  at("clock").value = `${text(media.currentTime)} / ${text(duration)}`;
  at("play").textContent = media.paused ? "▶" : "❚❚";
  at("play").setAttribute("aria-label", media.paused ? "Play" : "Pause");
  for (const head of document.querySelectorAll(".lane b")) head.style.left = `${Math.min(100, 100 * media.currentTime / duration)}%`;
  if (key === drawn) return;
  drawn = key;
  stage.dataset.frame = index;
  const source = view === "picture" ? (usesVideo ? null : frame.picture) : frame[view];
  if (source) picture.src = source;
  picture.hidden = !source;
  picture.alt = { picture: "The frame", flow: "What moves in the frame", premask: "What the frame was multiplied with" }[view];
  // The last frame has no flow.
  picture.style.background = view === "flow" && !source ? "#fff" : "";
  // A picture beyond what the page holds has its masks painted on.
  const painted = view === "picture" && source && source.startsWith("overlay/");
  canvas.hidden = at("captions").hidden = !masked || painted;
  if (!canvas.hidden) {
    drawMask(frame);
    drawCaptions(frame);
  }
  at("legend").hidden = view === "picture";
  drawLegend(frame);
}

function drawLegend(frame) {
  const wheel = at("wheel"), note = at("legend").querySelector("p");
  wheel.hidden = view !== "flow";
  if (view === "premask") note.textContent = "White keeps the picture as it is. Darker gray dims what does not move.";
  if (view !== "flow") return;
  const strongest = frames.find(f => f.strongest !== undefined)?.strongest;
  note.textContent = strongest === undefined ? "This clip was segmented without optical flow."
    : `The hue says where a point moves until the next frame, the strength how far: full colour is ${strongest.toFixed(1)} pixels, white is still.`
      + (frame.flow ? "" : " The last frame has no next one.");
  const context = wheel.getContext("2d"), size = wheel.width, pixels = context.createImageData(size, size);
  const hue = turns => Math.min(1, Math.max(0, 2 - 6 * Math.abs(turns - Math.round(turns))));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const u = (2 * x + 1) / size - 1, v = (2 * y + 1) / size - 1, speed = Math.hypot(u, v), o = 4 * (y * size + x);
      if (speed > 1) continue;
      for (let c = 0; c < 3; c++) pixels.data[o + c] = 255 * (1 - speed * (1 - hue(Math.atan2(v, u) / (2 * Math.PI) - c / 3)));
      pixels.data[o + 3] = 255;
    }
  context.putImageData(pixels, 0, 0);
}

function seek(seconds) {
  media.currentTime = Math.min(Math.max(0, seconds), Math.max(0, duration - 1e-3));
  draw();
}
function toggle() { if (media.paused) media.play(); else media.pause(); draw(); }
function step(by) { media.pause(); seek((indexNow() + by + 0.5) / fps); }

function buildTimeline() {
  const names = new Map();
  frames.forEach((frame, t) => frame.objects.forEach(o => {
    if (!names.has(o.label)) names.set(o.label, { ...o, times: [] });
    names.get(o.label).times.push(t);
  }));
  const rows = [];
  for (const object of [...names.values()].sort((a, b) => b.times.length - a.times.length)) {
    const name = document.createElement("button");
    name.type = "button";
    name.className = "name";
    name.textContent = object.name;
    name.style.setProperty("--color", object.color);
    name.setAttribute("aria-pressed", "true");
    name.onclick = () => {
      if (!hidden.delete(object.label)) hidden.add(object.label);
      name.setAttribute("aria-pressed", String(!hidden.has(object.label)));
      draw();
    };
    const lane = emptyLane();
    for (const t of object.times) {
      const block = document.createElement("i"), found = frames[t].objects.find(o => o.label === object.label);
      block.style.left = `${100 * t / frames.length}%`;
      block.style.width = `${100 / frames.length}%`;
      block.style.background = object.color;
      block.title = `${object.name}, ${text(frames[t].time)}, score ${found.score.toFixed(2)}, ${(100 * found.area / width / height).toFixed(1)} % of the picture`;
      lane.prepend(block);
    }
    rows.push(name, lane);
  }
  if (rows.length === 0) {
    const nothing = document.createElement("span");
    nothing.textContent = "nothing sounds";
    rows.push(nothing, emptyLane());
  }
  const scale = document.createElement("div");
  scale.className = "scale";
  for (const part of [0, 0.25, 0.5, 0.75, 1]) scale.append(Object.assign(document.createElement("span"), { textContent: text(part * duration) }));
  at("timeline").replaceChildren(...rows, scale);
}

function emptyLane() {
  const lane = document.createElement("div");
  lane.className = "lane";
  lane.append(document.createElement("b"));
  lane.onclick = event => {
    const box = lane.getBoundingClientRect();
    seek((event.clientX - box.left) / box.width * duration);
  };
  return lane;
}

function facts(list, pairs) {
  for (const [name, value] of pairs.filter(pair => pair[1] !== null && pair[1] !== undefined && pair[1] !== ""))
    list.append(Object.assign(document.createElement("dt"), { textContent: name }), Object.assign(document.createElement("dd"), { textContent: value }));
}

// A stage that ran twice counts once.
function times() {
  const all = new Map();
  for (const { stage, seconds } of report.stages) all.set(stage, (all.get(stage) ?? 0) + seconds);
  return all;
}

const baseName = report.input.split(/[\\/]/).filter(part => part).pop();
document.title = `${baseName}: what sounds`;
at("title").textContent = baseName;
at("summary").textContent = `${frames.length} ${frames.length === 1 ? "frame" : "frames"} of ${width}×${height}, ${fps} a second.`
  + (report.has_audio ? "" : " The clip has no sound: nothing sounds in it.")
  + (report.meaningless ? " The weights are procedural: the masks mean nothing." : "");
facts(at("prompts").querySelector("dl"), [["A1, what is there", report.a1], ["A2, what may sound", report.a2]]);
at("note").textContent = report.note ?? "";
at("prompts").hidden = !report.a1 && !report.a2;
facts(at("facts"), [
  ["input", report.input], ["task", report.task], ["weights", report.weights], ["optical flow", report.flow], ["threshold τ", report.tau],
  ["pre-mask", report.inference_mask], ["device", report.device],
  ["times", [...times()].map(([stage, seconds]) => `${stage} ${seconds.toFixed(1)} s`).join(", ")],
  ["memory", `tensors ${Math.round(report.peak_tensor_bytes / 1048576)} MB, process ${Math.round(report.peak_process_bytes / 1048576)} MB`],
]);
buildTimeline();

at("play").onclick = toggle;
at("back").onclick = () => step(-1);
at("next").onclick = () => step(1);
at("masked").onchange = event => { masked = event.target.checked; draw(); };
at("views").onchange = event => { view = event.target.value; draw(); };
stage.onclick = toggle;
document.onkeydown = event => {
  if (event.target.matches("input")) return;
  const key = { " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1) }[event.key];
  if (key && !(event.key === " " && event.target.matches("button"))) { event.preventDefault(); key(); }
};
(function loop() {
  if (!clip.media && !media.paused && media.ended) media.pause();
  draw();
  requestAnimationFrame(loop);
})();
