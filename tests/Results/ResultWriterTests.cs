using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using SspNative.Cli.Terminal;
using SspNative.Model.Media;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Results;

/// <summary>What <c>ssp segment</c> leaves to be looked at and read on, with the bundled model on the example.</summary>
[LeakCheck]
public sealed class ResultWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheTimelineAndTheDataSetSayWhatTheMasksShow()
    {
        string result = Segment("examples/clock-and-guitar", "--task", "avss");
        string[] timeline = File.ReadAllLines(Path.Combine(result, "timeline.csv"));
        Assert.Equal("start_s,end_s,label,name,mean_score,mean_area", timeline[0]);
        Assert.StartsWith("0,3,16,clock,0.9", Assert.Single(timeline.Skip(1)));
        using JsonDocument coco = JsonDocument.Parse(File.ReadAllText(Path.Combine(result, "coco.json")));
        Assert.Equal(5, coco.RootElement.GetProperty("images").GetArrayLength());
        JsonElement annotation = coco.RootElement.GetProperty("annotations")[0];
        Assert.Equal(3, coco.RootElement.GetProperty("annotations").GetArrayLength());
        Assert.Equal("clock", coco.RootElement.GetProperty("categories")[0].GetProperty("name").GetString());
        LabelMap mask = PalettePng.Load(Path.Combine(result, "masks", "0000.png"));
        Assert.Equal(mask.Labels.Count(l => l == 16), annotation.GetProperty("area").GetInt32());
        int[] box = [.. annotation.GetProperty("bbox").EnumerateArray().Select(n => n.GetInt32())];
        Assert.Contains(Enumerable.Range(0, 128), y => mask[box[0], y] == 16);
        Assert.Contains(Enumerable.Range(0, 128), y => mask[box[0] + box[2] - 1, y] == 16);
        Assert.DoesNotContain(Enumerable.Range(0, 128), y => mask[box[0] - 1, y] == 16);
        Assert.NotEmpty(annotation.GetProperty("polygons").EnumerateArray());
    }

    [SkippableFact]
    public void VideosHaveTheClipsRateSizeAndSound()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        string clip = _folder["moving.mp4"];
        Ffmpeg(
            "-loop", "1", "-i", Repository.Path("examples/clock-and-guitar/frames/0.png"), "-i", Repository.Path("examples/clock-and-guitar/audio.wav"),
            "-t", "2.4", "-r", "24000/1001", "-vf", "scale=127:95", "-pix_fmt", "yuv444p", clip);
        string result = Segment(clip, "--video", "--compare");
        VideoInfo info = FfmpegMedia.Probe(clip), overlay = FfmpegMedia.Probe(Path.Combine(result, "overlay.mp4"));
        Assert.Equal(info.Rate, overlay.Rate);
        Assert.True(overlay is { HasAudio: true, HasBrowserPictures: true, HasBrowserSound: true });
        Assert.InRange(overlay.Seconds, info.Seconds - 0.05, info.Seconds + 0.05);
        List<Image> frames = [.. FfmpegMedia.AllFrames(Path.Combine(result, "overlay.mp4"), overlay)];
        Assert.Equal(FfmpegMedia.AllFrames(clip, info).Count(), frames.Count);
        // One column and row more, since H.264 has even sides.
        Assert.Equal((128, 96), (frames[0].Width, frames[0].Height));
        // The sound is the clip's, up to its coding.
        float[] before = [.. FfmpegMedia.AudioBlocks(clip, info, 16000, 2).SelectMany(b => b)];
        float[] after = [.. FfmpegMedia.AudioBlocks(Path.Combine(result, "overlay.mp4"), overlay, 16000, 2).SelectMany(b => b)];
        Assert.True(Correlation(before, after) > 0.95, $"{Correlation(before, after)}");
        // The rim has the colour of what sounds.
        (byte r, byte g, byte b) = Highlight.Colour(1);
        Assert.True(frames[5].Rgb.Chunk(3).Count(p => Math.Abs(p[0] - r) + Math.Abs(p[1] - g) + Math.Abs(p[2] - b) < 90) > 30);
        VideoInfo compare = FfmpegMedia.Probe(Path.Combine(result, "compare.mp4"));
        Image panes = FfmpegMedia.AllFrames(Path.Combine(result, "compare.mp4"), compare).First();
        Assert.InRange(panes.Width, 4 * 127, 4 * 127 + 12);
        Assert.Equal(info.Rate, compare.Rate);
    }

    [SkippableFact]
    public void OfMuchLongerSoundAVideoHasTheBeginning()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        string sound = _folder["long.wav"];
        Ffmpeg("-f", "lavfi", "-i", "sine=440:d=60:r=16000", sound);
        string result = Segment(Repository.Path("examples/clock-and-guitar"), "--video", "--audio", sound), video = Path.Combine(result, "overlay.mp4");
        VideoInfo overlay = FfmpegMedia.Probe(video);
        Assert.InRange(overlay.Seconds, 4.9, 5.1);
        Assert.InRange(FfmpegMedia.AudioBlocks(video, overlay, 16000, 60).Sum(b => b.Length) / 16000.0, 5, 7.2);
    }

    [Fact]
    public void WithoutFfmpegAllButTheVideoIsWritten()
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", _folder.Path);
        try
        {
            CommandRun run = CommandRun.Of("segment", Repository.Path("examples/clock-and-guitar"), "--out", _folder["result"], "--video", "--compare");
            Assert.True(run.Code == ExitCodes.Success, run.Error);
            Assert.Contains("apt install ffmpeg", run.Error);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
        Assert.True(File.Exists(Path.Combine(_folder["result"], "index.html")));
        Assert.False(File.Exists(Path.Combine(_folder["result"], "overlay.mp4")));
    }

    [SkippableTheory]
    [InlineData("examples/clock-and-guitar.mp4", "VIDEO")]
    [InlineData("examples/clock-and-guitar", "IMG")]
    public async Task ThePageShowsWhatSoundsWhenItIsClicked(string clip, string element)
    {
        Skip.If(Browser.Program is null, "no Chromium is installed");
        Skip.If(clip.EndsWith(".mp4", StringComparison.Ordinal) && !Programs.HasFfmpeg, "ffmpeg is not installed");
        string result = Segment(clip, "--task", "avss", "--prompts", Repository.Path("examples/clock-and-guitar.prompts.json"));
        // The page alone: nothing beside it is needed.
        File.Move(Path.Combine(result, "index.html"), _folder["alone.html"]);
        using Browser page = await Browser.Open(new Uri(_folder["alone.html"]));
        await page.Until("document.querySelector('.name')?.textContent === 'clock'");
        if (element == "VIDEO")
            await page.Until("document.querySelector('video').readyState >= 2 && Math.abs(document.querySelector('video').duration - 5) < 0.2");
        else
            await page.Until("document.querySelector('#picture').naturalWidth === 128");
        int marked = PalettePng.Load(Path.Combine(result, "masks", "0000.png")).Labels.Count(l => l != 0);
        await page.Until($"{Marked} === {marked}");
        Assert.Contains("clock 0.9", (await page.Eval("document.querySelector('#captions').textContent"))!.GetValue<string>());
        Assert.Contains("guitar", (await page.Eval("document.querySelector('#prompts').textContent"))!.GetValue<string>());

        // Its name hides and shows it, and so does the box.
        await page.Click(".name");
        await page.Until($"{Marked} === 0");
        await page.Click(".name");
        await page.Until($"{Marked} > 0");
        await page.Click("#masked");
        await page.Until("document.querySelector('#mask').hidden");
        await page.Click("#masked");

        // In the fifth second nothing sounds.
        await page.Click(".lane", 0.9);
        await page.Until("document.querySelector('#stage').dataset.frame === '4'");
        await page.Until($"{Marked} === 0");
        await page.Click("#back");
        await page.Click("#back");
        await page.Until("document.querySelector('#stage').dataset.frame === '2'");

        await page.Click("input[value=flow]");
        await page.Until("!document.querySelector('#legend').hidden && document.querySelector('#legend').textContent.includes('pixels')");
        await page.Until("document.querySelector('#picture').naturalWidth > 0 && !document.querySelector('#picture').hidden");
        await page.Click("input[value=premask]");
        await page.Until("document.querySelector('#legend').textContent.includes('dims')");

        await page.Click("input[value=picture]");
        await page.Click("#play");
        await page.Until("document.querySelector('#stage').dataset.frame === '3'");
        await page.Click("#play");
        await page.Until("document.querySelector('#play').getAttribute('aria-label') === 'Play'");
    }

    [SkippableFact]
    public void APictureIsNoSound()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        CommandRun.AssertRefused(
            "frame.png: no sound could be decoded (it is in none of the formats that are read)", "segment", Repository.Path("examples/clock-and-guitar.mp4"),
            "--out", _folder["result"], "--audio", Picture());
    }

    private string Picture()
    {
        string picture = _folder["frame.png"];
        new Image(16, 16).SavePng(picture);
        return picture;
    }

    [SkippableFact]
    public async Task CaptionsOfThePageDoNotCoverEachOther()
    {
        Skip.If(Browser.Program is null, "no Chromium is installed");
        using Browser page = await Browser.Open(new Uri(Path.Combine(Segment("examples/clock-and-guitar"), "index.html")));
        // Two at the upper left, one at the lower right, where its name would reach beyond the picture.
        JsonNode boxes = (await page.Eval("""
            (() => {
              const object = (label, left, top) => ({ label, left, top, name: "sounding object", score: 0.5, color: "#ffffff" });
              drawCaptions({ objects: [object(1, 0, 0), object(2, 3, 2), object(3, 120, 120)] });
              const stage = document.querySelector("#stage").getBoundingClientRect();
              return [...document.querySelectorAll("#captions span")].map(s => s.getBoundingClientRect()).map(b =>
                [b.left - stage.left, b.top - stage.top, b.right - stage.left, b.bottom - stage.top, stage.width, stage.height]);
            })()
            """))!;
        double[][] seen = [.. boxes.AsArray().Select(b => b!.AsArray().Select(n => n!.GetValue<double>()).ToArray())];
        Assert.Equal(3, seen.Length);
        Assert.All(seen, b => Assert.True(b[0] >= 0 && b[1] >= 0 && b[2] <= b[4] + 0.5 && b[3] <= b[5] + 0.5, string.Join(' ', b)));
        Assert.True(seen[1][1] >= seen[0][3] - 0.5, "the second caption covers the first");
        Assert.Contains("ten drawn things", (await page.Eval("document.querySelector('#note').textContent"))!.GetValue<string>());
    }

    private const string Marked =
        "(() => { const c = document.querySelector('#mask'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; "
        + "for (let i = 0; i < d.length; i += 4) n += d[i + 3] > 0 && d[i] + d[i + 1] + d[i + 2] > 48 ? 1 : 0; return n; })()";

    private string Segment(string clip, params string[] options)
    {
        string path = Path.IsPathRooted(clip) ? clip : Repository.Path(clip);
        CommandRun run = CommandRun.Of(["segment", path, "--out", _folder["result"], .. options]);
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        return _folder["result"];
    }

    private static void Ffmpeg(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static double Correlation(float[] a, float[] b)
    {
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
            (ab, aa, bb) = (ab + (double)a[i] * b[i], aa + (double)a[i] * a[i], bb + (double)b[i] * b[i]);
        return ab / Math.Sqrt(aa * bb);
    }
}
