using System.Text.RegularExpressions;
using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Weights;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Weights;

/// <summary>Files with the names and shapes of the published ones, at full size, load as they are: nothing that they should have is missing.</summary>
public sealed partial class PublishedFilesTests : IDisposable
{
    private static readonly SspConfig _full = SspConfig.Full(SegmentationTask.Avs), _semantic = SspConfig.Full(SegmentationTask.Avss);

    private static readonly SspConfig _large = _full with
    {
        Clip = new ClipVisionConfig { HiddenSize = 1024, IntermediateSize = 4096, NumHiddenLayers = 24, NumAttentionHeads = 16, PatchSize = 14 },
    };

    // By the names of README's table: the files, the sizes that they must be found to have, and what they lack.
    private static readonly Dictionary<
        string, (Func<TorchTensor[]> Tensors, ModelPart Part, Func<SspConfig, object> Sizes, SspConfig Expected, int Missing)>
    _files = new()
    {
        ["deepmind/optical-flow-perceiver"] = (Of(_full).Perceiver, ModelPart.Flow, c => ConfigJson.Write(new SspConfig { Flow = c.Flow }), _full, 0),
        ["openai/clip-vit-base-patch16"] = (Of(_full).Clip, ModelPart.Clip, c => c.Clip, _full, 0),
        ["openai/clip-vit-large-patch14"] = (Of(_large).Clip, ModelPart.Clip, c => c.Clip, _large, 0),
        ["Salesforce/blip-image-captioning-base"] = (Of(_full).Blip, ModelPart.Text, c => c.Text, _full, 0),
        // Ten tensors of cross attention in each of twelve layers.
        ["google-bert/bert-base-uncased"] = (() => Of(_full).Bert(30522), ModelPart.Text, c => c.Text, _full, 120),
        ["torchvggish"] = (Of(_full).Vggish, ModelPart.Vggish, c => ConfigJson.Write(new SspConfig { Vggish = c.Vggish }), _full, 0),
        // Four tensors of an adapter in each of 6 + 9 layers; those of Swin are known to be absent.
        ["facebook/mask2former-swin-base-ade-semantic"] = (
            Of(_full).Mask2Former, ModelPart.Mask2Former, c => (c.NumLabels, c.Swin.Adapters, c.Swin.EmbedDim),
            _full with { NumLabels = 150, Swin = new SwinConfig { Adapters = false } }, 60),
        ["facebook/mask2former-swin-base-IN21k-ade-semantic"] = (
            Of(_full).Mask2Former, ModelPart.Mask2Former, c => (c.Mask2former.NumQueries, c.NumLabels),
            _full with { NumLabels = 150, Mask2former = new Mask2FormerConfig { NumQueries = 100 } }, 60),
        ["Stepping Stones S4"] = (Of(_full).Aavs, ModelPart.Segmenter, Segmenter, _full, 0),
        ["Stepping Stones MS3"] = (Of(_full).Aavs, ModelPart.Segmenter, Segmenter, _full, 0),
        ["Stepping Stones AVSS"] = (Of(_semantic).Aavs, ModelPart.Segmenter, Segmenter, _semantic, 0),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. _files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void APublishedFileLoadsUnchanged(string name)
    {
        var (tensors, part, sizes, expected, missing) = _files[name];
        TorchTensor[] written = tensors();
        foreach (string format in (string[])["zip", "legacy"])
        {
            string path = _folder["pytorch_model.bin"];
            if (format == "zip")
                TorchWriter.Zip(path, written);
            else
                TorchWriter.Legacy(path, written);
            WeightReport report = Assert.Single(WeightReport.Inspect(path));
            PartReport found = Assert.Single(report.Parts);
            Assert.Equal(part.Title, found.Part);
            Assert.Equal(missing, found.Missing.Count);
            Assert.True(missing == 0 || found.Note is not null, "what is missing is not explained");
            Assert.Equal(written.Length, found.Used + report.Unused.Count);
            using NetworkFile network = NetworkFile.Open(path, name);
            Assert.Equal(sizes(expected), sizes(PartSizes.Infer(network.Parts)));
        }
    }

    // The last column of the table says so of the files that this test made, and of no other.
    [Fact]
    public void TheReadmeNamesTheFilesThatWorkUnchanged()
    {
        string[] rows =
            [.. File.ReadLines(Repository.Path("README.md")).Where(l => l.StartsWith('|') && l.TrimEnd().EndsWith("| yes |", StringComparison.Ordinal))];
        Assert.Equal(_files.Keys.Order(), rows.SelectMany(r => PublishedName().Matches(r.Split('|')[2]).Select(m => m.Groups[1].Value)).Order());
    }

    [Fact]
    public void WhatPutsSomethingBeforeAllNamesIsUnderstood()
    {
        SspConfig tiny = _full with { Vggish = new VggishConfig { Channels = [4, 8, 8, 8], HiddenSize = 16 } };
        TorchTensor[] tensors = new PublishedFiles(tiny, null).Vggish();
        foreach (string prefix in (string[])["", "module.", "_orig_mod.", "module._orig_mod.", "model.", "encoder.vggish."])
        {
            TorchWriter.Zip(_folder["v.pth"], [.. tensors.Select(t => t with { Name = prefix + t.Name })], "state_dict");
            PartReport found = Assert.Single(Assert.Single(WeightReport.Inspect(_folder["v.pth"])).Parts);
            Assert.Equal(("VGGish", 0, tensors.Length), (found.Part, found.Missing.Count, found.Used));
        }
    }

    // BLIP's large model has a text encoder of 768 channels that reads pictures' tokens of 1,024.
    [Fact]
    public void AttentionToTokensOfAnotherWidthIsMissingForAReason()
    {
        SspConfig tiny = _full with
        {
            Text = new BertConfig
            {
                HiddenSize = 48,
                EncoderHiddenSize = 48,
                NumHiddenLayers = 2,
                NumAttentionHeads = 4,
                IntermediateSize = 96,
                VocabSize = 100,
            },
        };
        TorchTensor[] tensors =
        [
            .. new PublishedFiles(tiny, null).Blip().Select(t =>
                t.Name.EndsWith("crossattention.self.key.weight", StringComparison.Ordinal)
                || t.Name.EndsWith("crossattention.self.value.weight", StringComparison.Ordinal)
                    ? t with { Shape = [48, 64] } : t),
        ];
        TorchWriter.Zip(_folder["blip.bin"], tensors);
        PartReport found = Assert.Single(Assert.Single(WeightReport.Inspect(_folder["blip.bin"])).Parts);
        Assert.Equal(20, found.Missing.Count);
        Assert.Equal("its cross attention reads tokens of 64 channels, not of 48 as SSP's; it is initialised", found.Note);
        Assert.Contains("as SSP's; it is initialised", CommandRun.Succeed("weights", _folder["blip.bin"]).ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    // BLIP has two words more than BERT, and attention to an encoder.
    [Fact]
    public void BertGetsWhatBlipHasBesidesAndSaysSo()
    {
        const string words = "vta.bert.embeddings.word_embeddings.weight";
        SspConfig tiny = _full with
        {
            Text = new BertConfig { HiddenSize = 48, EncoderHiddenSize = 48, NumHiddenLayers = 1, NumAttentionHeads = 4, IntermediateSize = 96 },
        };
        TorchTensor[] tensors = new PublishedFiles(tiny, 5).Bert(30522);
        TorchWriter.Legacy(_folder["bert.bin"], tensors);
        using var weights = new WeightFiles([_folder["bert.bin"]]);
        Assert.Equal(["30522 words; BLIP's two more, [DEC] and [ENC], are initialised", "it has no cross attention, which is initialised"],
            weights.TextNotes.Select(n => n["bert.bin: ".Length..].Split(", and")[0]));
        using var scope = new TensorScope();
        using var store = new ParameterStore(weights, TestDevices.Shared);
        _ = new BlipText(store.Root / "vta" / "bert", PartSizes.Infer(weights.Parts).Text);
        store.ThrowIfIncomplete();
        float[] loaded = store[words].ToArray(), own = new float[30522 * 48];
        Buffer.BlockCopy(tensors.Single(t => t.Name == words["vta.".Length..]).Bytes!, 0, own, 0, own.Length * sizeof(float));
        Assert.Equal(30524 * 48, loaded.Length);
        Assert.Equal(own, loaded[..own.Length]);
        Assert.All(loaded[own.Length..], v => Assert.True(float.IsFinite(v)));
        Assert.Contains(loaded[own.Length..], v => v != 0);
    }

    [Fact]
    public void APartInTwoFilesOfAFolderIsAnError()
    {
        SspConfig tiny = _full with { Vggish = new VggishConfig { Channels = [4, 8, 8, 8], HiddenSize = 16 } };
        TorchTensor[] tensors = new PublishedFiles(tiny, null).Vggish();
        TorchWriter.Zip(_folder["a.pth"], tensors);
        TorchWriter.Zip(_folder["b.pth"], tensors);
        string message = Assert.Throws<InputException>(() => new WeightFiles([_folder.Path])).Message;
        Assert.Contains("a.pth", message);
        Assert.Contains("b.pth", message);
        // Named one by one, the first one gives it.
        using var weights = new WeightFiles([_folder["b.pth"], _folder["a.pth"]]);
        Assert.Equal("b.pth", weights.Find(ModelPart.Vggish)!.Network.Name);
    }

    // detectron2 writes the network that the hub has renamed: other words, and queries, keys and values in one matrix.
    [Fact]
    public void Mask2FormerOfDetectron2IsTheHubs()
    {
        SspConfig tiny = _full with { Swin = new SwinConfig { EmbedDim = 16, Depths = [1, 1, 1, 1], NumHeads = [1, 2, 4, 8], WindowSize = 7 } };
        TorchTensor[] hub = [.. new PublishedFiles(tiny, 5).Mask2Former().Where(t => t.Bytes is not null)];
        TorchWriter.Zip(_folder["hub.bin"], hub);
        TorchWriter.Zip(_folder["model_final.pkl"], [.. Detectron2.Of(hub)], "model");
        using NetworkFile expected = NetworkFile.Open(_folder["hub.bin"], "hub"), found = NetworkFile.Open(_folder["model_final.pkl"], "detectron2");
        Assert.Equal(ModelPart.Mask2Former, Assert.Single(found.Parts).Part);
        using var scope = new TensorScope();
        Assert.All(expected.Names, n => Assert.Equal(Values(expected, n), Values(found, n)));

        static float[] Values(NetworkFile network, string name)
        {
            Assert.True(network.Find(name) is not null, name);
            var (file, entry) = network.Find(name)!.Value;
            return file.Read(entry, TestDevices.Shared).ToArray();
        }
    }

    public void Dispose() => _folder.Dispose();

    private static PublishedFiles Of(SspConfig config) => new(config, null);

    private static object Segmenter(SspConfig c) => ConfigJson.Write(c.Aavs);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex PublishedName();
}
