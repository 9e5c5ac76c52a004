using System.Text;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Support;
using Xunit;
using static SspNative.Tests.Support.Fixtures;

namespace SspNative.Tests.Data.AvsBench;

public sealed class SemanticLayoutTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void SubsetsAndSplitsAreSelected()
    {
        WriteMetadata("a,a,0,0,dog,train,v1s", "b,b,0,0,cat_man,train,v1m", "c,c,0,0,car,train,v2", "d,d,0,0,car,test,v2");
        Assert.Equal(["a", "b", "c"], Ids(Open(Options(ClipSplit.Train, null))));
        Assert.Equal(["b"], Ids(Open(Options(ClipSplit.Train, AvsBenchSubset.V1m))));
        AvsBenchDataset test = Open(Options(ClipSplit.Test, AvsBenchSubset.V2));
        Assert.Equal(("d", AvsBenchSubset.V2), (test.Id(0), test.Subset(0)));
        Assert.Contains("no clip of split val", Error(() => Open(Options(ClipSplit.Val, null))));
        Assert.Contains("in subset v1s", Error(() => Open(Options(ClipSplit.Test, AvsBenchSubset.V1s))));

        Assert.Equal(AvsBenchSubset.V1m, AvsBenchOptions.ParseSubset("v1m"));
        Assert.Null(AvsBenchOptions.ParseSubset("all"));
        Assert.Equal(ClipSplit.Val, AvsBenchOptions.ParseSplit("val"));
        Assert.Contains("\"v3\"", Error(() => AvsBenchOptions.ParseSubset("v3")));
        Assert.Contains("\"dev\"", Error(() => AvsBenchOptions.ParseSplit("dev")));
    }

    [Fact]
    public void MetadataMayBeWrittenInManyWays()
    {
        string table = "uid,extra, a_obj,label,split\r\nx,1,\"dog, \"\"big\"\"\nand cat\",v2,train\r\n\r\n\" y \",2,man,v2,train";
        File.WriteAllText(_root["metadata.csv"], table, Encoding.UTF8);
        Assert.Equal(["x", "y"], Ids(Open(Options(ClipSplit.Train, null))));
    }

    [Theory]
    [InlineData("a,a,0,0,dog,train", "line 3 has 6 fields, the header 7")]
    [InlineData("a,a,0,0,dog,cat,train,v2", "line 3 has 8 fields")]
    [InlineData("a,a,0,0,dog,training,v2", "line 3 has the split \"training\"")]
    [InlineData("a,a,0,0,dog,train,dog", "line 3 has the label \"dog\"")]
    [InlineData("a,../a,0,0,dog,train,v2", "line 3 has \"../a\" for a name")]
    [InlineData("a,,0,0,dog,train,v2", "line 3 has \"\" for a name")]
    [InlineData("a,fine,0,0,dog,test,v2", "line 3 names the clip \"fine\" again, after line 2")]
    [InlineData("a,a,0,0,\"dog,train,v2", "line 3 has a quote that is never closed")]
    public void ABadLineIsNamed(string line, string message)
    {
        WriteMetadata("fine,fine,0,0,dog,train,v2", line);
        string error = Error(() => Open(Options(ClipSplit.Train, null)));
        Assert.Contains("metadata.csv", error);
        Assert.Contains(message, error);
    }

    [Fact]
    public void ABadTableIsNamed()
    {
        Assert.Contains("no AVSBench here", Error(() => Open(Options(ClipSplit.Train, null))));
        Assert.Contains("no such folder", Error(() => new AvsBenchDataset(_root["none"], Options(ClipSplit.Train, null))));
        File.WriteAllText(_root["metadata.csv"], "\r\n");
        Assert.Contains("the table is empty", Error(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllText(_root["metadata.csv"], "uid,label\nx,v2\n");
        Assert.Contains("no column \"split\"", Error(() => Open(Options(ClipSplit.Train, null))));
    }

    [Fact]
    public void ATableOfAnySizeIsReadOrRefusedAtOnce()
    {
        // A field of letters, and quotes in it that open nothing.
        string field = new string('a', 50_000) + new string('"', 50_000);
        File.WriteAllText(_root["metadata.csv"], $"{SemanticHeader}\n{field},x,0,0,q,train,v1m");
        Assert.Contains("line 2 has a field of more than 65536 characters", Costs.ErrorWithin<InputException>(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllText(_root["metadata.csv"], $"{SemanticHeader}\n{field[20_000..80_000]},x,0,0,q,train,v1m");
        Assert.Equal(1, Costs.Within(() => Open(Options(ClipSplit.Train, null))).Count);
        File.WriteAllText(_root["metadata.csv"], new string(',', 900_000));
        Assert.Contains("names no column \"uid\"", Costs.ErrorWithin<InputException>(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllText(_root["metadata.csv"], $"{SemanticHeader}\n{new string('"', 800_000)}");
        Assert.Contains("metadata.csv: line 2", Costs.ErrorWithin<InputException>(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllBytes(_root["metadata.csv"], new byte[17 << 20]);
        Assert.Contains("more than the", Costs.ErrorWithin<InputException>(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllBytes(_root["metadata.csv"], [.. "uid,split,label\n"u8, 0xFF]);
        Assert.Contains("line 2 is not UTF-8", Error(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllText(_root["metadata.csv"], "\nuid,split,label,split\nx,train,v2,test");
        Assert.Contains("line 2 names the column \"split\" twice", Error(() => Open(Options(ClipSplit.Train, null))));
        File.WriteAllText(_root["metadata.csv"], "uid,split,label\n\u001b[31mx,train,v2");
        Assert.Contains("line 2 has \"\uFFFD[31mx\" for a name", Error(() => Open(Options(ClipSplit.Train, null))));
    }

    [Fact]
    public void AClipIsReadWhole()
    {
        WriteMetadata("c,c,0,0,car,test,v2");
        WriteSemanticClip(_root.Path, "v2", "c", frames: 10, masks: 10, seconds: 10);
        TrainingClip clip = Open(Options(ClipSplit.Test, null)).Load(0);
        Assert.Equal("c", clip.Id);
        Assert.Equal(Enumerable.Range(0, 10).Select(t => (byte)(10 * t)), clip.Frames.Select(f => f.Rgb[0]));
        for (int t = 0; t < 10; t++)
            Assert.Equal(LeftHalf((byte)(1 + t)).Labels, clip.Labels[t]!.Labels);
        Assert.Equal(10 * LogMel.ExampleLength, clip.Examples.Length);
        Assert.Null(clip.Flow);
        Assert.Equal(Prompts.Empty, clip.Prompts);

        TrainingClip binary = Open(Options(ClipSplit.Test, null) with { Task = SegmentationTask.Avs }).Load(0);
        Assert.All(binary.Labels, l => Assert.Equal(LeftHalf(1).Labels, l!.Labels));
    }

    [Fact]
    public void TrainingClipsOfS4HaveOneLabel()
    {
        WriteMetadata("s,s,0,0,car,train,v1s", "t,t,0,0,car,test,v1s");
        WriteSemanticClip(_root.Path, "v1s", "s", frames: 5, masks: 1, seconds: 5);
        WriteSemanticClip(_root.Path, "v1s", "t", frames: 5, masks: 5, seconds: 5);
        WriteFlow(Path.Combine(_root.Path, "v1s", "s", "flow.safetensors"), 4);
        TrainingClip plain = Open(Options(ClipSplit.Train, null) with { ExactFlow = true }).Load(0);
        Assert.Equal(5, plain.Frames.Count);
        Assert.Equal([true, false, false, false, false], plain.Labels.Select(l => l is not null));
        Assert.Equal([0f, 1f, 2f, 3f], Enumerable.Range(0, 4).Select(p => plain.Flow!.Pair(p)[0]));

        TrainingClip paired = Open(Options(ClipSplit.Train, null) with { ExactFlow = true, RepeatLabelledFrame = true }).Load(0);
        Assert.All(paired.Frames, f => Assert.Same(paired.Frames[0], f));
        Assert.Equal(5, paired.Frames.Count);
        Assert.All(paired.Labels, l => Assert.Equal(LeftHalf(1).Labels, l!.Labels));
        Assert.Equal(plain.Examples, paired.Examples);
        Assert.NotEqual(paired.Examples[..LogMel.ExampleLength], paired.Examples[^LogMel.ExampleLength..]);
        Assert.All(Enumerable.Range(0, 4), p => Assert.Equal(0, paired.Flow!.Pair(p)[0]));

        TrainingClip test = Open(Options(ClipSplit.Test, null) with { RepeatLabelledFrame = true }).Load(0);
        Assert.All(test.Labels, Assert.NotNull);
        Assert.Equal(10, test.Frames[1].Rgb[0]);
    }

    [Fact]
    public void AMissingLastSecondRepeatsTheLastExample()
    {
        WriteMetadata("m,m,0,0,car,test,v1m");
        WriteSemanticClip(_root.Path, "v1m", "m", frames: 5, masks: 5, seconds: 4.5);
        float[] examples = Open(Options(ClipSplit.Test, null)).Load(0).Examples;
        Assert.Equal(5 * LogMel.ExampleLength, examples.Length);
        Assert.Equal(Example(examples, 3), Example(examples, 4));
        Assert.NotEqual(Example(examples, 2), Example(examples, 3));

        static float[] Example(float[] all, int k) => all[(k * LogMel.ExampleLength)..((k + 1) * LogMel.ExampleLength)];
    }

    [Fact]
    public void MasksOfAnotherSizeAreResizedToNearest()
    {
        WriteMetadata("c,c,0,0,car,test,v2");
        WriteSemanticClip(_root.Path, "v2", "c", frames: 1, masks: 0, seconds: 1);
        Palette.Paint(LeftHalf(7, 2 * Width, 3 * Height)).SavePng(Clip("labels_rgb", "0.png"));
        Assert.Equal(LeftHalf(7).Labels, Open(Options(ClipSplit.Test, null)).Load(0).Labels[0]!.Labels);
    }

    [Fact]
    public void PromptsAreReadAtTheWantedLevel()
    {
        WriteMetadata("c,c,0,0,car,test,v2");
        WriteSemanticClip(_root.Path, "v2", "c", frames: 1, masks: 1, seconds: 1);
        File.WriteAllText(Clip("prompts.json"), """
            {"A1": "a car drives", "A2": "car", "levels": {"d": {"A1": "a thing", "A2": "thing"}, "e": {}}}
            """);
        Assert.Equal(new Prompts("a car drives", "car"), Prompts(null));
        Assert.Equal(new Prompts("a thing", "thing"), Prompts("d"));
        Assert.Contains("no prompts of level \"f\"", Error(() => Prompts("f")));
        Assert.Contains("level e", Error(() => Prompts("e")));
        File.WriteAllText(Clip("prompts.json"), "{");
        Assert.Contains("prompts.json: not JSON", Error(() => Prompts("d")));

        Prompts Prompts(string? level) => Open(Options(ClipSplit.Test, null) with { PromptLevel = level }).Load(0).Prompts;
    }

    [Fact]
    public void ExactFlowIsReadWhenAskedFor()
    {
        WriteMetadata("c,c,0,0,car,test,v2");
        WriteSemanticClip(_root.Path, "v2", "c", frames: 3, masks: 3, seconds: 3);
        AvsBenchDataset exact = Open(Options(ClipSplit.Test, null) with { ExactFlow = true });
        Assert.Null(exact.Load(0).Flow);
        WriteFlow(Clip("flow.safetensors"), 2);
        Assert.Null(Open(Options(ClipSplit.Test, null)).Load(0).Flow);
        Assert.Equal((Height, Width), (exact.Load(0).Flow!.Height, exact.Load(0).Flow!.Width));
        WriteFlow(Clip("flow.safetensors"), 3);
        Assert.Contains("flow is (3, 2, 6, 8), not (2, 2, 6, 8)", Error(() => exact.Load(0)));
        File.WriteAllText(Clip("flow.safetensors"), "damaged");
        Assert.Contains("flow.safetensors", Error(() => exact.Load(0)));
    }

    [Fact]
    public void WhatIsWrongWithAClipIsSaid()
    {
        WriteMetadata("c,c,0,0,car,test,v2");
        AvsBenchDataset data = Open(Options(ClipSplit.Test, null));
        Assert.Contains("no such folder", Error(() => data.Load(0)));
        WriteSemanticClip(_root.Path, "v2", "c", frames: 4, masks: 4, seconds: 4);
        Assert.Equal(4, data.Load(0).Frames.Count);

        File.Delete(Clip("frames", "3.png"));
        Assert.Contains("3.jpg: no such file", Error(() => data.Load(0)));
        new Image(Width + 1, Height).SavePng(Clip("frames", "3.png"));
        Assert.Contains("3.png: the frame is 9×6, the clip's first 8×6", Error(() => data.Load(0)));
        Solid(0).SavePng(Clip("frames", "3.png"));

        Image mask = Palette.Paint(LeftHalf(3));
        mask[5, 2][0] = 17;
        mask.SavePng(Clip("labels_rgb", "1.png"));
        Assert.Contains("1.png: the colour (17, 0, 0) of pixel (5, 2)", Error(() => data.Load(0)));
        File.Delete(Clip("labels_rgb", "1.png"));
        Assert.Contains("1.png: no such file", Error(() => data.Load(0)));
        Palette.Paint(LeftHalf(3)).SavePng(Clip("labels_rgb", "1.png"));

        File.WriteAllBytes(Clip("audio.wav"), []);
        Assert.Contains("audio.wav: the sound file is empty", Error(() => data.Load(0)));
        WriteWav(Clip("audio.wav"), 0);
        Assert.Contains("audio.wav: the WAV file holds no sound", Error(() => data.Load(0)));
        File.Delete(Clip("audio.wav"));
        Assert.Contains("audio.wav: no such file", Error(() => data.Load(0)));

        File.Copy(Clip("frames", "1.png"), Clip("frames", "01.png"));
        Assert.Contains("is frame 1 already", Error(() => data.Load(0)));
        Directory.Delete(Clip("labels_rgb"), recursive: true);
        Directory.Delete(Clip("frames"), recursive: true);
        Directory.CreateDirectory(Clip("frames"));
        Assert.Contains("has no frames", Error(() => data.Load(0)));
    }

    [Fact]
    public void ClassesMustBeNumberedAsThePaletteIs()
    {
        WriteMetadata("c,c,0,0,car,test,v2");
        File.WriteAllText(_root["label2idx.json"], """{"background": 0, "emergency_car": 22}""");
        Assert.Equal(1, Open(Options(ClipSplit.Test, null)).Count);
        File.WriteAllText(_root["label2idx.json"], """{"background": 0, "car": 22}""");
        Assert.Contains("\"car\" has index 22, which stands for emergency-car", Error(() => Open(Options(ClipSplit.Test, null))));
        File.WriteAllText(_root["label2idx.json"], """{"robot": 71}""");
        Assert.Contains("stands for no class", Error(() => Open(Options(ClipSplit.Test, null))));
        File.WriteAllText(_root["label2idx.json"], """{"car": "many"}""");
        Assert.Contains("\"car\" has no number", Error(() => Open(Options(ClipSplit.Test, null))));
        File.WriteAllText(_root["label2idx.json"], "[]");
        Assert.Contains("not a JSON object", Error(() => Open(Options(ClipSplit.Test, null))));
        File.WriteAllText(_root["label2idx.json"], "{\n\"\\udc00\": 1}");
        Assert.Contains("line 2 has half of a surrogate pair", Error(() => Open(Options(ClipSplit.Test, null))));
        File.WriteAllText(_root["label2idx.json"], "{\"car\": 10,\n\"car\": 11}");
        Assert.Contains("line 2 has the member \"car\" a second time", Error(() => Open(Options(ClipSplit.Test, null))));
        File.WriteAllText(_root["label2idx.json"], "{");
        Assert.Contains("label2idx.json: not JSON", Error(() => Open(Options(ClipSplit.Test, null))));
    }

    private static AvsBenchOptions Options(ClipSplit split, AvsBenchSubset? subset) => new(split, subset, SegmentationTask.Avss);

    private AvsBenchDataset Open(AvsBenchOptions options) => new(_root.Path, options);

    /// <summary>A file of the clip c of v2.</summary>
    private string Clip(params ReadOnlySpan<string> parts) => Path.Combine([_root.Path, "v2", "c", .. parts]);

    private void WriteMetadata(params string[] rows) =>
        File.WriteAllLines(_root["metadata.csv"], [SemanticHeader, .. rows]);

    private static IEnumerable<string> Ids(AvsBenchDataset data) => Enumerable.Range(0, data.Count).Select(data.Id);

    private static string Error(Func<object?> action)
    {
        string message = Assert.Throws<InputException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
