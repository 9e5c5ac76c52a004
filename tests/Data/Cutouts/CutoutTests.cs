using FsCheck.Xunit;
using SkiaSharp;
using SspNative.Cli;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Cutouts;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Data.Cutouts;

[LeakCheck]
public sealed class CutoutTests
{
    [Fact]
    public void MasksGoByOpacityToThePixel()
    {
        var cutout = new Cutout(MadePackages.Disc(SKColors.Red), "disc.png");
        var pose = new Pose(19.5, 19.5, 0, MadePackages.Side / 2.0, false);
        for (int y = 0; y < MadePackages.Side; y++)
            for (int x = 0; x < MadePackages.Side; x++)
            {
                (double u, double v) = pose.ToDrawing(x, y);
                Rgb colour = cutout.Sample(u, v, pose.Scale, out double coverage, out bool solid);
                double radius = Math.Sqrt((x - 19.5) * (x - 19.5) + (y - 19.5) * (y - 19.5));
                Assert.Equal(radius is < 20 and > 6, solid);
                Assert.Equal(solid ? 1 : 0, coverage, 1e-6);
                Assert.Equal(solid ? 1 : 0, colour.R, 1e-6);
            }
    }

    [Fact]
    public void ASmallDrawingCoversWhatThePictureDoes()
    {
        var cutout = new Cutout(MadePackages.Disc(SKColors.Red), "disc.png");
        var pose = new Pose(32, 32, 0.3, 5, true);
        double covered = 0;
        for (int i = 0; i < 64 * 64; i++)
        {
            (double u, double v) = pose.ToDrawing(i % 64, i / 64);
            cutout.Sample(u, v, pose.Scale, out double coverage, out _);
            covered += coverage;
        }
        // A ring from 6 to 20 of 20 pixels that are one unit.
        Assert.Equal(Math.PI * 25 * (1 - 0.09), covered, 4.0);
    }

    [Fact]
    public void APhotographGoesOnMirrored()
    {
        var picture = new Image(3, 2, [.. Enumerable.Range(0, 18).Select(i => (byte)(10 * i))]);
        var photograph = new Photograph("p", picture, 1, 0, 0, 0.5, 0);
        for (int x = -6; x < 12; x++)
        {
            int[] columns = [0, 1, 2, 2, 1, 0];
            Assert.Equal(picture[columns[(x + 6) % 6], 1][0] / 255.0, photograph.At(x, 1, 0).R, 1e-12);
            Assert.Equal(photograph.At(x, 0, 0), photograph.At(x + 1, 0, 2));
        }
    }

    [Fact]
    public void ARecordingPlaysOnWithoutItsPauses()
    {
        float[] samples = [.. Enumerable.Range(0, 48000).Select(i => i is > 8000 and < 40000 ? 0 : (float)Math.Sin(0.2 * i))];
        var recording = Recording.Trim(samples, "tone");
        double[] sound = new double[10 * 16000];
        recording.Play(sound, new SplitMix64(3));
        for (int i = 0; i + 8000 <= sound.Length; i += 8000)
            Assert.InRange(Math.Sqrt(sound.Skip(i).Take(8000).Average(s => s * s)), 0.4, 0.75);
        Assert.Throws<InputException>(() => Recording.Trim(new float[100], "silence"));
    }

    [Fact]
    public void ResourcesHaveTheirFiles()
    {
        using var folder = new TemporaryFolder();
        var files = new Dictionary<string, byte[]>
        {
            ["a/b/one"] = [1, 2, 3],
            ["a/b/two"] = [.. Enumerable.Repeat((byte)7, 5000)],
            ["a/three"] = [],
            ["a/c/four"] = [9],
        };
        File.WriteAllBytes(folder["made.rcc"], MadePackages.Resources(files));
        var resources = new QtResources(folder["made.rcc"]);
        Assert.Equal(files.Keys.Order(), resources.Files.Order());
        Assert.All(files, f => Assert.Equal(f.Value, resources.Read(f.Key)));
        Assert.Contains("has no a/five", Assert.Throws<InputException>(() => resources.Read("a/five")).Message);
    }

    [Property(MaxTest = 300)]
    public bool DamagedResourcesAreRefusedInOneLine(int at, byte value, ushort length)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = MadePackages.Resources(new Dictionary<string, byte[]> { ["a/b/one"] = [1, 2, 3], ["a/two"] = [4, 5], ["three"] = [6] });
        bytes[(uint)at % (uint)bytes.Length] = value;
        File.WriteAllBytes(folder["made.rcc"], length % 4 == 0 ? bytes[..(length % bytes.Length)] : bytes);
        try
        {
            var resources = new QtResources(folder["made.rcc"]);
            return resources.Files.All(f => resources.Read(f).Length <= 64 << 20);
        }
        catch (InputException e)
        {
            return !e.Message.Contains('\n');
        }
    }

    [Fact]
    public void ASetIsReadLikeAnyOtherAndItsTestClipsShowWhatNoOthersDo()
    {
        using var folder = new TemporaryFolder();
        CutoutFolders packages = MadePackages.Write(folder);
        WrittenDataSet written = CutoutDataSet.Write(
            folder["set"], new SyntheticOptions(40, 5, 64, 3, SplitShares.Parse("0.6,0.1,0.3")), packages, (_, _, _) => { });
        Assert.Equal(0, written.Facts.TextBits);
        foreach ((ClipSplit split, int channel) in ((ClipSplit, int)[])[(ClipSplit.Train, 0), (ClipSplit.Val, 0), (ClipSplit.Test, 2)])
        {
            var clips = new AvsBenchDataset(folder["set"], new AvsBenchOptions(split, null, SegmentationTask.Avss) { Scenes = true });
            for (int i = 0; i < clips.Count; i++)
            {
                TrainingClip clip = clips.Load(i);
                Assert.Contains(clip.Labels, l => l!.Labels.Any(v => v != 0));
                Assert.NotEqual("", clip.Prompts.A2);
                foreach ((Image frame, LabelMap visible) in clip.Frames.Zip(clip.Scene!.Visible))
                    for (int p = 0; p < visible.Labels.Length; p++)
                    {
                        // The rest is edges, where colours are mixed with the photograph's.
                        Assert.True(frame.Rgb[3 * p + 2 - channel] < 140, $"{clip.Id} shows what is not of its split");
                        if (visible.Labels[p] != 0)
                            Assert.True(frame.Rgb[3 * p + channel] > 110, $"{clip.Id} has a mask where no thing is");
                    }
            }
        }
        string[] lines = File.ReadAllLines(folder["set/sources.csv"]);
        Assert.Equal("use,name,for,package,picture,sound", lines[0]);
        Assert.Contains(
            "class,violin,test,gcompris,gcompris/src/activities/instruments/resource/violin.svg,gcompris/src/activities/instruments/resource/violin.ogg",
            lines);
        Assert.Contains("distractor,apple,test,stamps,usr/share/tuxpaint/stamps/household/apple.png,", lines);
        Assert.DoesNotContain(lines, l => l.Contains("symbols", StringComparison.Ordinal));
        Assert.Equal(["gcompris-explore_farm_animals-0.txt", "gcompris-instruments-0.txt", "stamps-0.txt"],
            Directory.GetFiles(folder["set/licences"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WithoutThePackagesNothingIsMade()
    {
        using var folder = new TemporaryFolder();
        var error = new StringWriter();
        int code = SspCommandLine.Run(
            [
                "data", "cutouts", "--out", folder["set"], "--clips", "1", "--seed", "1", "--stamps", folder["a"], "--gcompris", folder["b"],
                "--backgrounds", folder["c"],
            ],
            TextWriter.Null, error);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("tools/cutouts.sh", error.ToString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
