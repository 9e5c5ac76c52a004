using System.Globalization;
using System.Text;

namespace SspNative.Cli.Serving;

/// <summary>The home page of a server: a field for a clip, its progress, and the way to its page.</summary>
internal static class ServerPage
{
    private const string Template = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>What sounds?</title>
        <style>
        :root { color-scheme: light dark; --line: #8886; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 2rem 1rem; }
        label { display: block; border: 2px dashed var(--line); border-radius: .8rem; padding: 2.5rem 1rem; text-align: center; cursor: pointer; }
        label.over { border-color: #c2185b; }
        ul { list-style: none; padding: 0; }
        li { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; margin-top: .6rem; }
        progress { width: 100%; }
        .hint { opacity: .7; font-size: .9rem; }
        </style></head><body>
        <h1>What sounds in a video?</h1>
        <label id="drop">Drop a clip here, or click to choose one<input id="file" type="file" hidden></label>
        <p class="hint">Up to LIMIT MB and SECONDS s of work. Clips stay on this machine.</p>
        <ul id="clips"></ul>
        <script>
        "use strict";
        const drop = document.getElementById("drop"), file = document.getElementById("file");
        file.onchange = () => { for (const f of file.files) post(f); file.value = ""; };
        drop.ondragover = e => { e.preventDefault(); drop.classList.add("over"); };
        drop.ondragleave = () => drop.classList.remove("over");
        drop.ondrop = e => { e.preventDefault(); drop.classList.remove("over"); for (const f of e.dataTransfer.files) post(f); };
        async function post(clip) {
          const row = document.createElement("li"), text = document.createElement("span"), bar = document.createElement("progress");
          text.textContent = clip.name + ": sending";
          row.append(text, bar);
          document.getElementById("clips").prepend(row);
          const say = words => { text.textContent = clip.name + ": " + words; };
          try {
            if (clip.size > BYTES) throw new Error("larger than LIMIT MB");
            const sent = await fetch("/clips?name=" + encodeURIComponent(clip.name), { method: "POST", body: clip });
            if (!sent.ok) throw new Error((await sent.text()).trim());
            for (let state = await sent.json(); ; state = await (await fetch("/clips/" + state.id)).json()) {
              if (state.state === "failed") throw new Error(state.error);
              if (state.state === "done") {
                const link = document.createElement("a");
                link.href = state.page;
                link.textContent = clip.name + ": see what sounds";
                row.replaceChildren(link);
                return;
              }
              if (state.state === "running") bar.value = state.share;
              say(state.state === "queued" ? "waiting" : state.stage);
              await new Promise(done => setTimeout(done, 300));
            }
          } catch (e) { bar.remove(); say(e.message); }
        }
        </script></body></html>
        """;

    public static byte[] Html(ServerLimits limits) => Encoding.UTF8.GetBytes(Template
        .Replace("BYTES", limits.MaxBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("LIMIT", (limits.MaxBytes >> 20).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("SECONDS", limits.MaxSeconds.ToString("0", CultureInfo.InvariantCulture), StringComparison.Ordinal));
}
