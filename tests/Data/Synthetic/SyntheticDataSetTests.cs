using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SspNative.Engine.Serialization;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Evaluation;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Data.Synthetic;

[LeakCheck]
public sealed class SyntheticDataSetTests
{
    [Fact]
    public void TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads()
    {
        using var folder = new TemporaryFolder();
        int threads = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 1;
            Make(folder["one"], 6, 3);
            CpuThreads.Count = 4;
            Make(folder["four"], 6, 3);
        }
        finally
        {
            CpuThreads.Count = threads;
        }
        string[] files = Files(folder["one"]);
        Assert.Equal(3 + 6 * (3 * 5 + 4), files.Length);
        Assert.Equal(files, Files(folder["four"]));
        foreach (string file in files)
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder["one"], file)), File.ReadAllBytes(Path.Combine(folder["four"], file)));
    }

    // Sets that people have made stay what they are: the hash is of the files as the first version of the generator wrote them.
    [Fact]
    public void ADefaultSetIsWhatItAlwaysWas()
    {
        using var folder = new TemporaryFolder();
        SyntheticDataSet.Write(folder["set"], new SyntheticOptions(12, 3, 48, 3, SplitShares.Parse("0.5,0.25,0.25")), (_, _, _) => { });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Files(folder["set"]).Where(f => f != "card.json"))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Replace('\\', '/')}\n"));
            hash.AppendData(File.ReadAllBytes(Path.Combine(folder["set"], file)));
        }
        Assert.Equal("cc8dd939e8e8c01b3eccd04eeb1ca7c52c93e55ddc9efe356b436399eb76fada", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void OtherSeedsAndNumbersGiveOtherClips()
    {
        SyntheticClip clip = SyntheticClip.Generate(1, 0, 64, 2);
        foreach (SyntheticClip other in (SyntheticClip[])[SyntheticClip.Generate(2, 0, 64, 2), SyntheticClip.Generate(1, 1, 64, 2)])
        {
            Assert.NotEqual(clip.Frames[0].Rgb, other.Frames[0].Rgb);
            Assert.NotEqual(clip.Audio, other.Audio);
        }
    }

    [Fact]
    public void TheLayoutIsAvsBenchs()
    {
        using var folder = new TemporaryFolder();
        Make(folder["set"], 5, 7, split: "0.6,0.2,0.2");
        string[] lines = File.ReadAllLines(Path.Combine(folder["set"], "metadata.csv"));
        Assert.Equal("vid,uid,s_min,s_sec,a_obj,split,label", lines[0]);
        Assert.Equal(["train", "train", "train", "val", "test"], lines.Skip(1).Select(l => l.Split(',')[5]));
        string classes = File.ReadAllText(Path.Combine(folder["set"], "label2idx.json"));
        Assert.Equal(71, JsonSerializer.Deserialize<Dictionary<string, int>>(classes)!.Count);
        for (int number = 0; number < 5; number++)
        {
            string[] row = lines[1 + number].Split(',');
            string clipFolder = Path.Combine(folder["set"], row[6], row[1]);
            SyntheticClip expected = SyntheticClip.Generate(7, number, 64, 5);
            ClipSource clip = ClipSource.Open(clipFolder);
            Assert.Equal(5, clip.FrameCount);
            Assert.Equal(5 * ClipSource.AudioRate, clip.Audio().Length);
            Assert.Equal(expected.Audio.Select(s => s / 32768f), clip.Audio());
            var seen = new HashSet<byte>();
            foreach ((int t, Image frame) in clip.Frames().Index())
            {
                Assert.Equal(expected.Frames[t].Rgb, frame.Rgb);
                string label = Path.Combine(clipFolder, "labels_rgb", $"{t}.png");
                byte[] labels = Palette.Read(Image.Load(label), label).Labels;
                Assert.Equal(expected.Labels[t].Labels, labels);
                seen.UnionWith(labels);
                Assert.Equal(expected.Visible[t].Labels, PalettePng.Load(Path.Combine(clipFolder, "visible", $"{t}.png")).Labels);
            }
            Assert.Equal(row[4].Split('_').Order(), seen.Where(l => l != 0).Select(l => Palette.ClassNames[l]).Order());
            Assert.Equal(expected.Prompts[0], Prompts.Load(Path.Combine(clipFolder, "prompts.json")));
            using SafetensorsFile flow = SafetensorsFile.Open(Path.Combine(clipFolder, "flow.safetensors"));
            Assert.Equal(expected.Flow, flow.ReadFloats("flow"));
        }
    }

    [Theory]
    [InlineData("--clips 0", "clips must be 1 to")]
    [InlineData("--clips 2 --size 8", "size must be 32 to 1024 pixels, not 8")]
    [InlineData("--clips 2 --frames 0", "frames must be 1 to 60, not 0")]
    [InlineData("--clips 2 --split 0.5,0.6,0.1", "the split must be train")]
    [InlineData("--clips many", "many")]
    [InlineData("--clips 2 --noise 99", "noise is 99; it must be from 0 to 64")]
    [InlineData("--clips 2 --camouflage NaN", "camouflage is NaN")]
    [InlineData("--clips 2 --text-hit-rate 0.5", "text_false_alarm_rate")]
    [InlineData("--clips 2 --look-alikes 0.6 --two-of-a-kind 0.6", "at most 1")]
    [InlineData("--clips 2 --motion-sound-correlation 0.9 --still-share 0.5", "still_share and motion_sound_correlation do not fit")]
    [InlineData("--clips 2 --camoflage 0.5", "--camouflage")]
    public void BadNumbersAreRefusedAndLeaveNothing(string arguments, string named)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(named, CommandRun.Refused(["data", "synth", "--out", folder["set"], "--seed", "1", .. arguments.Split(' ')]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void APremiseIsReadFromAFileAndTheCommandLineGoesBeforeIt()
    {
        using var folder = new TemporaryFolder();
        string[] command =
            ["data", "synth", "--out", folder["set"], "--seed", "1", "--clips", "2", "--size", "32", "--frames", "2", "--premise", folder["premise.json"]];
        File.WriteAllText(folder["premise.json"], """{ "camoflage": 0.5 }""");
        Assert.Contains("camoflage is not a knob of a premise; did you mean camouflage?", CommandRun.Refused(command));
        File.WriteAllText(folder["premise.json"], """{ "camouflage": "much" }""");
        Assert.Contains("camouflage", CommandRun.Refused(command));
        File.WriteAllText(folder["premise.json"], """{ "camouflage": 0.5, "noise": 3, "text_hit_rate": 0.9, "text_false_alarm_rate": 0.1 }""");
        Assert.Contains("bits a clip about what sounds", CommandRun.Succeed([.. command, "--noise", "5"]));
        using JsonDocument card = JsonDocument.Parse(File.ReadAllText(folder["set/card.json"]));
        Assert.Equal("ssp data synth", card.RootElement.GetProperty("made_by").GetString());
        JsonElement options = card.RootElement.GetProperty("options"), premise = options.GetProperty("premise");
        Assert.Equal((1, 2), (options.GetProperty("seed").GetInt32(), options.GetProperty("clips").GetInt32()));
        Assert.Equal(
            ConfigJson.Write(new Premise { Camouflage = 0.5, Noise = 5, TextHitRate = 0.9, TextFalseAlarmRate = 0.1 }),
            ConfigJson.Write(ConfigJson.Read<Premise>(premise)));
        Assert.True(card.RootElement.GetProperty("facts").GetProperty("text_bits").GetDouble() >= 0);
    }

    [Fact]
    public void AnyValueOfAnyKnobWorksOrIsRefusedInOneShortLine()
    {
        var premise = new Premise { MotionSoundCorrelation = 0, StillShare = 0.5, TextHitRate = 0.5, TextFalseAlarmRate = 0.5, Snr = 3, Overlap = 0.5 };
        (int worked, int refused) = MemberFuzz.Run(ConfigJson.Write(premise), text =>
        {
            try
            {
                ConfigJson.Parse<Premise>(text, "knob of a premise");
                return null;
            }
            catch (InvalidDataException e)
            {
                return e.Message;
            }
        });
        Assert.True(worked > 20 && refused > 100, $"{worked} worked, {refused} were refused");
    }

    [Fact]
    public void OfTwoOfAKindEachIsScoredByItself()
    {
        using var folder = new TemporaryFolder();
        SyntheticDataSet.Write(
            folder["set"],
            new SyntheticOptions(4, 8, 64, 2, SplitShares.Parse("train")) { Premise = new Premise { TwoOfAKind = 1, Overlap = 0 } }, (_, _, _) => { });
        var clips = new AvsBenchDataset(folder["set"], new AvsBenchOptions(ClipSplit.Train, null, SegmentationTask.Avss) { Scenes = true });
        for (int i = 0; i < clips.Count; i++)
        {
            TrainingClip clip = clips.Load(i);
            ThingScore[] right = [.. ThingScore.Score(clip.Scene!, [0, 1], [.. clip.Labels.Select(l => l!)], haveClasses: true)];
            ThingScore sounding = Assert.Single(right, t => t.SoundingPixels > 0);
            Assert.Equal((sounding.SoundingPixels, sounding.SoundingPixels), (sounding.FoundPixels, sounding.NamedPixels!.Value));
            Assert.Equal(2, right.Count(t => t.Label == sounding.Label));
            Assert.Equal(0, right.Sum(t => t.LeakedPixels));
            // Who marks both finds the one and leaks the other.
            ThingScore[] both = [.. ThingScore.Score(clip.Scene!, [0, 1], clip.Scene!.Visible, haveClasses: true)];
            Assert.Contains(both, t => t.Label == sounding.Label && t.SoundingPixels == 0 && t.LeakedPixels == t.SilentPixels && t.SilentPixels > 0);
        }
    }

    [Fact]
    public void AFolderWithFilesIsNotTouched()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["result.json"], "mine");
        Assert.Contains("not empty", CommandRun.Refused(["data", "synth", "--out", folder.Path, "--seed", "1", "--clips", "1"]));
        Assert.Equal("mine", File.ReadAllText(folder["result.json"]));
    }

    [Fact]
    public void TheCommandCountsDifficulties()
    {
        using var folder = new TemporaryFolder();
        string output = CommandRun.Succeed("data", "synth", "--out", folder["set"], "--seed", "1", "--clips", "3", "--size", "32", "--frames", "2");
        Assert.Contains("3 clips of 2 frames, 32×32, seed 1", output);
        Assert.Contains("sounding-still", output);
    }

    private static void Make(string path, int clips, ulong seed, string split = "train") =>
        SyntheticDataSet.Write(path, new SyntheticOptions(clips, seed, 64, 5, SplitShares.Parse(split)), (_, _, _) => { });

    private static string[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f))
            .Order(StringComparer.Ordinal),
    ];
}
