using System.Text.Json;
using SspNative.Model.Config;

namespace SspNative.Tests.Support;

/// <summary>A folder of published files, as people download them.</summary>
internal static class PublishedFolder
{
    /// <summary>The tiny networks, at the image size that published files are for.</summary>
    public static SspConfig Tiny { get; } = TinyModel.Binary with
    {
        ImageSize = 384,
        Flow = new PerceiverFlowConfig { TrainSize = [32, 48], NumLatents = 8, DLatents = 16, NumSelfAttendsPerBlock = 2, NumSelfAttentionHeads = 2 },
    };

    /// <summary>Writes the folder.</summary>
    /// <param name="root">Where.</param>
    /// <param name="config">Sizes of the networks.</param>
    /// <param name="seed">Seed of the numbers.</param>
    /// <param name="aligned">Whether SSP's alignment is among them.</param>
    public static void Write(string root, SspConfig config, ulong seed, bool aligned)
    {
        var files = new PublishedFiles(config, seed);
        Directory.CreateDirectory(root);
        TorchWriter.Zip(Path.Combine(root, "s4.pth"), files.Aavs());
        TorchWriter.Legacy(Path.Combine(root, "vggish-10086976.pth"), files.Vggish());
        if (aligned)
            TorchWriter.Zip(Path.Combine(root, "alignment.bin"), files.Alignment(), "state_dict");
        TorchWriter.Zip(In("clip"), files.Clip());
        TorchWriter.Zip(In("blip"), files.Blip());
        TorchWriter.Zip(In("flow"), files.Perceiver());
        Config(Path.Combine(root, "clip"), new { model_type = "clip", vision_config = new { num_attention_heads = 4, projection_dim = 7 } });
        Config(Path.Combine(root, "blip"), new { model_type = "blip", text_config = new { num_attention_heads = 4 } });
        Config(
            Path.Combine(root, "flow"),
            new { model_type = "perceiver", train_size = config.Flow.TrainSize, num_self_attention_heads = 2, num_cross_attention_heads = 1 });
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "d"];
        File.WriteAllLines(Path.Combine(root, "blip", "vocab.txt"), words);

        string In(string name)
        {
            Directory.CreateDirectory(Path.Combine(root, name));
            return Path.Combine(root, name, "pytorch_model.bin");
        }
    }

    /// <summary>Writes the configuration beside a published file.</summary>
    public static void Config(string folder, object config) => File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(config));
}
