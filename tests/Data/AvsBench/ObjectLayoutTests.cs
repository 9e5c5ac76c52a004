using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;
using static SspNative.Tests.Support.Fixtures;

namespace SspNative.Tests.Data.AvsBench;

public sealed class ObjectLayoutTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("Single-source", "Multi-sources")]
    public void BothPartsAreFound(string singleFolder, string multiFolder)
    {
        string single = _root[singleFolder], multi = _root[multiFolder];
        WriteTables(single, multi);
        WriteSingleClip(single, "train", "dog", "s1", masks: 1);
        WriteSingleClip(single, "test", "cat", "s2", masks: 5);
        WriteMultiClip(multi, "test", "m1", 255);
        WriteMultiClip(multi, "test", "m2", 1);

        AvsBenchDataset test = Open(ClipSplit.Test, null);
        Assert.Equal(["s2", "m1", "m2"], Enumerable.Range(0, test.Count).Select(test.Id));
        Assert.Equal(
            [AvsBenchSubset.V1s, AvsBenchSubset.V1m, AvsBenchSubset.V1m], Enumerable.Range(0, test.Count).Select(test.Subset));
        for (int i = 0; i < test.Count; i++)
        {
            TrainingClip clip = test.Load(i);
            Assert.Equal([10, 20, 30, 40, 50], clip.Frames.Select(f => (int)f.Rgb[0]));
            Assert.All(clip.Labels, l => Assert.Equal(LeftHalf(1).Labels, l!.Labels));
        }
        TrainingClip train = Open(ClipSplit.Train, AvsBenchSubset.V1s).Load(0);
        Assert.Equal("s1", train.Id);
        Assert.Equal([true, false, false, false, false], train.Labels.Select(l => l is not null));
        Assert.Contains("in subset v2", Error(() => Open(ClipSplit.Test, AvsBenchSubset.V2)));
    }

    [Fact]
    public void PromptsAndFlowLieBesideTheFrames()
    {
        WriteTables(_root.Path, _root.Path);
        WriteMultiClip(_root.Path, "test", "m1", 255);
        string folder = Path.Combine(_root.Path, "ms3_data", "visual_frames", "m1");
        WriteFlow(Path.Combine(folder, "flow.safetensors"), 4);
        File.WriteAllText(Path.Combine(folder, "prompts.json"), """{"A1": "a dog barks", "A2": "dog"}""");
        var options = new AvsBenchOptions(ClipSplit.Test, AvsBenchSubset.V1m, SegmentationTask.Avs) { ExactFlow = true };
        TrainingClip clip = new AvsBenchDataset(_root.Path, options).Load(0);
        Assert.Equal(3, clip.Flow!.Pair(3)[0]);
        Assert.Equal("dog", clip.Prompts.A2);
    }

    [Fact]
    public void WhatIsWrongIsSaid()
    {
        WriteTables(_root.Path, _root.Path);
        WriteMultiClip(_root.Path, "test", "m1", 255);
        AvsBenchDataset data = Open(ClipSplit.Test, AvsBenchSubset.V1m);
        string mask = Path.Combine(_root.Path, "ms3_data", "gt_masks", "test", "m1", "m1_2.png");
        LabelMap three = LeftHalf(1);
        three.Labels[Width * 3 + 7] = 2;
        PalettePng.Save(mask, three);
        Assert.Contains("m1_2.png: the colour (0, 128, 0) of pixel (7, 3) is a third one", Error(() => data.Load(0)));
        File.Delete(mask);
        Assert.Contains("m1_2.png: no such file", Error(() => data.Load(0)));
        File.Delete(Path.Combine(_root.Path, "ms3_data", "visual_frames", "m1", "m1.mp4_4.png"));
        Assert.Contains("m1.mp4_4.png: no such file", Error(() => data.Load(0)));

        Assert.Contains("no classes", Error(() => new AvsBenchDataset(
            _root.Path, new AvsBenchOptions(ClipSplit.Test, null, SegmentationTask.Avss))));
        File.WriteAllText(_root["ms3_meta_data.csv"], "video_id,split\nm1,dev\n");
        Assert.Contains("ms3_meta_data.csv: line 2 has the split \"dev\"", Error(() => Open(ClipSplit.Test, null)));
        File.WriteAllText(_root["s4_meta_data.csv"], "name,split\ns1,test\n");
        Assert.Contains("s4_meta_data.csv: line 1 names 2 columns", Error(() => Open(ClipSplit.Test, null)));
        File.WriteAllText(_root["metadata.csv"], SemanticHeader);
        Assert.Contains("both releases", Error(() => Open(ClipSplit.Test, null)));
    }

    private static void WriteTables(string single, string multi)
    {
        Directory.CreateDirectory(single);
        Directory.CreateDirectory(multi);
        File.WriteAllText(
            Path.Combine(single, "s4_meta_data.csv"), "name,start_time,category,split\r\ns1,0,dog,train\r\ns2,0,cat,test\r\n");
        File.WriteAllText(Path.Combine(multi, "ms3_meta_data.csv"), "video_id,split\nm1,test\nm2,test\n");
    }

    private AvsBenchDataset Open(ClipSplit split, AvsBenchSubset? subset) =>
        new(_root.Path, new AvsBenchOptions(split, subset, SegmentationTask.Avs));

    private static string Error(Func<object?> action) => Assert.Throws<InputException>(action).Message;
}
