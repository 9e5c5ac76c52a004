using SspNative.Engine.Diagnostics;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Model.Prompting;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;

namespace SspNative.Tests.Fuzzing;

/// <summary>A target for each reader of outside bytes. Readers of files find their input in a folder of this process.</summary>
internal static class FuzzTargets
{
    private static readonly Lazy<TemporaryFolder> _folder = new(() => new TemporaryFolder());

    private static readonly Lazy<string> _avsBench = new(() =>
    {
        string folder = Path.Combine(_folder.Value.Path, "s4");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "metadata.csv"), "vid,uid,s_min,s_sec,a_obj,split,label\na,a,0,0,dog,train,v1s\n");
        return folder;
    });

    /// <summary>A picture's 64 megapixels: as the decoder's four bytes a pixel, as three, and as the file.</summary>
    private const long Picture = PictureHeader.MaxPixels * 7;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("safetensors", Safetensors),
        new("torch-zip", Weights),
        new("torch-legacy", Weights),
        new("pickle", Weights),
        new("png", bytes => Image.Decode(MendedBytes.OfPng(bytes), "file.png")) { Stated = Picture },
        new("jpeg", bytes => Image.Decode(bytes, "file.jpg")) { Stated = Picture },
        new("palette-png", bytes => PalettePng.Decode(MendedBytes.OfPng(bytes), "file.png")) { Stated = PictureHeader.MaxPixels },
        new("wav", Wav),
        new("config", bytes => ConfigJson.Parse<SspConfig>(Text(bytes))),
        new("options", bytes => TrainingRecipe.Read(Put("options.json", bytes))),
        new("prompts", PromptFiles),
        new("run", bytes => TrainingPlan.Read(Path.GetDirectoryName(Put("run.json", bytes))!)),
        new("csv", bytes => _ = new AvsBenchDataset(
            Path.GetDirectoryName(Put("metadata.csv", bytes))!, new AvsBenchOptions(ClipSplit.Train, null, SegmentationTask.Avss))),
        new("metrics", bytes => StepLog.Read(Put("metrics.csv", bytes))),
        new("scores", bytes => ScoreLog.Read(Put("scores.csv", bytes))),
        new("labels", bytes =>
        {
            File.WriteAllBytes(Path.Combine(_avsBench.Value, "label2idx.json"), bytes);
            _ = new AvsBenchDataset(_avsBench.Value, new AvsBenchOptions(ClipSplit.Train, null, SegmentationTask.Avss));
        }),
        new("vocab", bytes => WordPiece(bytes)),
        new("scene", bytes => KnownScene.Load(Path.GetDirectoryName(Put("clip.json", bytes))!, [])),
        new("index", bytes => NetworkFile.Shards(Put("model.safetensors.index.json", bytes), _folder.Value.Path)),
        new("calls", bytes => CallLog.Read(new MemoryStream(bytes), "calls.json")),
        new("ppm", Pictures) { Stated = PictureHeader.MaxPixels * 3 },
        new("ffprobe", bytes => FfmpegMedia.ReadInfo(bytes, "clip.mp4").FrameCount(1)),
        new("flow", Flow),
        new("answer", bytes => NounList.Parse(Text(bytes))),
    ];

    public static FuzzTarget Find(string name) =>
        All.FirstOrDefault(t => t.Name == name)
        ?? throw new ArgumentException($"there is no target {name}; there are {string.Join(", ", All.Select(t => t.Name))}");

    private static string Put(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Value.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Text(byte[] bytes) => RegularFile.DecodeText(bytes, "text");

    private static void Safetensors(byte[] bytes)
    {
        string path = Put("file.safetensors", MendedBytes.OfSafetensors(bytes));
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            ReadAll(file);
        ModelCard.Read(path);
    }

    private static void Weights(byte[] bytes)
    {
        using TensorFile file = TensorFile.Open(Put("weights.pth", bytes));
        ReadAll(file);
    }

    private static void ReadAll(TensorFile file)
    {
        foreach (TensorEntry entry in file.Entries)
            _ = entry.DType switch
            {
                DType.F32 => file.ReadFloats(entry.Name).Length,
                DType.I64 => file.ReadLongs(entry.Name).Length,
                _ => file.ReadBytes(entry.Name).Length,
            };
    }

    private static void Wav(byte[] bytes)
    {
        (float[] samples, int rate) = WavFile.Decode(bytes, "file.wav");
        LogMel.ForVideoFrames(Resampler.Resample(samples, rate, LogMel.SampleRate), 1, framesPerSecond: 1);
    }

    private static void PromptFiles(byte[] bytes)
    {
        string path = Put("prompts.json", bytes);
        bool isFile = bytes.Length % 2 == 0;
        Prompts read = isFile ? Prompts.Load(path, "b") : ClipPrompts.Load(path, "b");
        PromptTokenizer.Hashing(30524).Encode(read);
    }

    private static void WordPiece(byte[] bytes)
    {
        PromptTokenizer tokenizer = PromptTokenizer.FromVocabulary(Put("vocab.txt", bytes), 12);
        tokenizer.Encode(new Prompts("A man's guitar, é", "man, a"));
    }

    private static void Pictures(byte[] bytes)
    {
        var input = new MemoryStream(bytes);
        var stream = new OutputBytes(buffer => input.Read(buffer));
        for (int pictures = 0; pictures < 4 && PpmPicture.Read(stream, "clip.mp4") is not null; pictures++)
        {
        }
    }

    private static void Flow(byte[] bytes) =>
        AvsBenchDataset.ReadFlow(Put("flow.safetensors", MendedBytes.OfSafetensors(bytes)), 2, new Image(2, 2));
}
