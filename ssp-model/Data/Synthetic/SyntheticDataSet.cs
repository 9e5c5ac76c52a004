using System.Globalization;
using System.Text;
using SspNative.Engine.Storage;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>What is told of a data set that was written.</summary>
/// <param name="Difficulties">How many clips have each difficulty.</param>
/// <param name="Facts">What was counted in it.</param>
public sealed record WrittenDataSet(IReadOnlyList<(string Difficulty, int Clips)> Difficulties, DataSetFacts Facts);

/// <summary>
/// Writes a data set of made clips in AVSBench-semantic's layout: <c>metadata.csv</c>, <c>label2idx.json</c>, and for every clip
/// <c>SUBSET/UID/frames/T.png</c>, <c>labels_rgb/T.png</c> and <c>audio.wav</c>. Beside them lie what only a made clip can
/// have: <c>visible/T.png</c> (classes of all things, silent ones as well), <c>flow.safetensors</c> (tensor <c>flow</c>,
/// (T−1,2,H,W) in pixels), <c>prompts.json</c> and <c>clip.json</c>; where two things are of one class, <c>things/T.png</c> (their numbers).
/// <c>card.json</c> tells how the set was made and what was counted in it.
/// </summary>
public static class SyntheticDataSet
{
    /// <summary>The file in a set's folder that tells how it was made.</summary>
    public const string CardFile = "card.json";

    /// <summary>AVSBench's subset of clips of five frames that are all labelled; other lengths go to v2.</summary>
    private const string FiveFrames = "v1m";

    private const string OtherLengths = "v2";

    /// <summary>Writes the drawn clips, whole or not at all.</summary>
    /// <exception cref="InputException">A number is out of range, or the folder exists and is not empty.</exception>
    public static WrittenDataSet Write(string output, SyntheticOptions options, StageProgress progress) =>
        Write(output, options, "synth", _ => SceneCatalogue.Drawn, _ => { }, progress);

    /// <summary>Writes clips, whole or not at all.</summary>
    /// <param name="output">The folder.</param>
    /// <param name="options">What the clips are like.</param>
    /// <param name="kind">The verb of <c>ssp data</c>, with which names of clips begin.</param>
    /// <param name="catalogue">What the clips of a split are made of.</param>
    /// <param name="addFiles">Writes what else belongs to the set.</param>
    /// <param name="progress">Told of every clip.</param>
    /// <exception cref="InputException">A number is out of range, or the folder exists and is not empty.</exception>
    internal static WrittenDataSet Write(
        string output, SyntheticOptions options, string kind, Func<string, SceneCatalogue> catalogue, Action<ResultDirectory> addFiles,
        StageProgress progress)
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
            string split = options.Split.Of(i, options.Clips);
            SyntheticClip clip = SyntheticClip.Generate(catalogue(split), options.Premise, options.Seed, i, options.Size, options.Frames);
            string uid = $"{kind}-{options.Seed}-{i:00000}";
            var record = ClipRecord.Of(clip, uid, options.Seed, i);
            ClipWriter.Write(clip, record, Path.Combine(directory.Path, subset, uid));
            rows[i] = new ClipRow(uid, split, record, TextCount.Of(clip));
            lock (counting)
                progress("clips", ++done, options.Clips);
        });
        WriteIndex(directory, subset, rows);
        DataSetFacts facts = DataSetFacts.Of([.. rows.Select(r => r.Record)], [.. rows.Select(r => r.Text)], TextChannel.Of(options.Premise));
        File.WriteAllText(directory.NewFile(CardFile), ConfigJson.Write(new DataSetCard($"ssp data {kind}", options, facts)));
        addFiles(directory);
        directory.Commit();
        return new WrittenDataSet([.. ClipRecord.AllDifficulties.Select(d => (d, rows.Count(r => r.Record.Difficulties.Contains(d))))], facts);
    }

    private static void WriteIndex(ResultDirectory directory, string subset, ClipRow[] rows)
    {
        var csv = new StringBuilder("vid,uid,s_min,s_sec,a_obj,split,label\n");
        foreach (ClipRow row in rows)
        {
            IEnumerable<string> sounding = row.Record.Things.Where(t => t.Sounding.Contains(true)).Select(t => t.Class);
            csv.Append(CultureInfo.InvariantCulture, $"{row.Uid},{row.Uid},0,0,{string.Join('_', sounding)},{row.Split},{subset}\n");
        }
        File.WriteAllText(directory.NewFile("metadata.csv"), csv.ToString());
        File.WriteAllText(
            directory.NewFile("label2idx.json"),
            $"{{\n{string.Join(",\n", Palette.ClassNames.Select((name, label) => $"  \"{name}\": {label}"))}\n}}\n");
    }

    private sealed record ClipRow(string Uid, string Split, ClipRecord Record, TextCount? Text);
}
