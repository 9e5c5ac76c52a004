using System.Globalization;
using System.Text;
using SspNative.Engine.Storage;
using SspNative.Kernels.Cpu;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>What a synthetic data set is made of.</summary>
/// <param name="Clips">How many.</param>
/// <param name="Seed">The same seed gives the same data set, whatever the number of threads.</param>
/// <param name="Size">Width and height of frames in pixels.</param>
/// <param name="Frames">Frames and seconds of a clip.</param>
/// <param name="Split">Shares of the clips for training, validation and test; they add up to 1.</param>
public sealed record SyntheticOptions(int Clips, ulong Seed, int Size, int Frames, SplitShares Split)
{
    private const int MostClips = 100_000;

    /// <exception cref="InputException">A number is out of range.</exception>
    public void Validate()
    {
        Require(Clips is >= 1 and <= MostClips, "--clips", $"1 to {MostClips}", Clips);
        Require(Size is >= 32 and <= 1024, "--size", "32 to 1024 pixels", Size);
        Require(Frames is >= 1 and <= 60, "--frames", "1 to 60", Frames);
    }

    private static void Require(bool holds, string option, string range, int value)
    {
        if (!holds)
            throw new InputException($"{option} must be {range}, not {value}");
    }
}

/// <summary>How clips are shared out.</summary>
public sealed record SplitShares(double Train, double Val, double Test)
{
    /// <summary>Reads "train", "val" or "test", or three shares with commas between, which add up to 1.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public static SplitShares Parse(string text)
    {
        if (text is "train" or "val" or "test")
            return new SplitShares(text == "train" ? 1 : 0, text == "val" ? 1 : 0, text == "test" ? 1 : 0);
        double[] shares =
        [
            .. text.Split(',').Select(part =>
                double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) ? share : -1),
        ];
        if (shares.Length != 3 || shares.Any(s => s is not (>= 0 and <= 1)) || Math.Abs(shares.Sum() - 1) > 1e-6)
            throw new InputException(
                $"--split must be train, val, test or three shares that add up to 1 such as 0.8,0.1,0.1, not {text}");
        return new SplitShares(shares[0], shares[1], shares[2]);
    }

    /// <summary>The split of a clip: the first clips are for training, the last for testing.</summary>
    public string Of(int clip, int clips) =>
        clip < (int)Math.Round(clips * Train) ? "train" : clip < (int)Math.Round(clips * (Train + Val)) ? "val" : "test";
}

/// <summary>
/// Writes the synthetic data set in AVSBench-semantic's layout: <c>metadata.csv</c>, <c>label2idx.json</c>, and for every clip
/// <c>SUBSET/UID/frames/T.png</c>, <c>labels_rgb/T.png</c> and <c>audio.wav</c>. Beside them lie what only a synthetic clip can
/// have: <c>visible/T.png</c> (classes of all things, silent ones as well), <c>flow.safetensors</c> (tensor <c>flow</c>,
/// (T−1,2,H,W) in pixels), <c>prompts.json</c> and <c>clip.json</c>.
/// </summary>
public static class SyntheticDataSet
{
    /// <summary>AVSBench's subset of clips of five frames that are all labelled; other lengths go to v2.</summary>
    private const string FiveFrames = "v1m";

    private const string OtherLengths = "v2";

    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <returns>How many clips have each difficulty.</returns>
    /// <exception cref="InputException">A number is out of range, or the folder exists and is not empty.</exception>
    public static IReadOnlyList<(string Difficulty, int Clips)> Write(
        string output, SyntheticOptions options, StageProgress progress)
    {
        options.Validate();
        using var directory = new ResultDirectory(output, null);
        string subset = options.Frames == 5 ? FiveFrames : OtherLengths;
        var rows = new ClipRow[options.Clips];
        var counting = new Lock();
        int done = 0;
        progress("clips", 0, options.Clips);
        Parallel.For(0, options.Clips, new ParallelOptions { MaxDegreeOfParallelism = CpuThreads.Count }, i =>
        {
            SyntheticClip clip = SyntheticClip.Generate(options.Seed, i, options.Size, options.Frames);
            string uid = $"synth-{options.Seed}-{i:00000}";
            var record = ClipRecord.Of(clip, uid, options.Seed, i);
            ClipWriter.Write(clip, record, Path.Combine(directory.Path, subset, uid));
            rows[i] = new ClipRow(uid, record);
            lock (counting)
                progress("clips", ++done, options.Clips);
        });
        WriteIndex(directory, options, subset, rows);
        directory.Commit();
        return [.. ClipRecord.AllDifficulties.Select(d => (d, rows.Count(r => r.Record.Difficulties.Contains(d))))];
    }

    private static void WriteIndex(ResultDirectory directory, SyntheticOptions options, string subset, ClipRow[] rows)
    {
        var csv = new StringBuilder("vid,uid,s_min,s_sec,a_obj,split,label\n");
        for (int i = 0; i < rows.Length; i++)
        {
            IEnumerable<string> sounding = rows[i].Record.Things.Where(t => t.Sounding.Contains(true)).Select(t => t.Class);
            string split = options.Split.Of(i, rows.Length);
            csv.Append(
                CultureInfo.InvariantCulture, $"{rows[i].Uid},{rows[i].Uid},0,0,{string.Join('_', sounding)},{split},{subset}\n");
        }
        File.WriteAllText(directory.NewFile("metadata.csv"), csv.ToString());
        File.WriteAllText(
            directory.NewFile("label2idx.json"),
            $"{{\n{string.Join(",\n", Palette.ClassNames.Select((name, label) => $"  \"{name}\": {label}"))}\n}}\n");
    }

    private sealed record ClipRow(string Uid, ClipRecord Record);
}
