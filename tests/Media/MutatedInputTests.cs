using System.Text;
using SspNative.Engine;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Config;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Lab.References;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

/// <summary>
/// Valid files with a few random changes: each is read or refused by the exception that says so, in 2 s and 64 MB. The changes are the
/// same each time. A full run (<see cref="SlowTests"/>) makes a hundred times as many.
/// </summary>
public sealed class MutatedInputTests : IDisposable
{
    private static readonly string[] _tokens =
        ["\"", "\\", "\\ud800", "{", "}", "[", "]", ",", ":", "\n", "\r\n", "\t", "0", "-1", "1e999", "99999999999", "null", "true", "\uFEFF", "\0", "é"];

    private readonly TemporaryFolder _folder = new();

    private static int Cases => SlowTests.Wanted ? 20_000 : 200;

    [Fact]
    public void DamagedPicturesAreReadOrRefused()
    {
        var picture = new Image(20, 13);
        new Random(2).NextBytes(picture.Rgb);
        byte[] rgb = [.. Enumerable.Range(0, 13).SelectMany(y => (byte[])[(byte)(y % 5), .. picture.Rgb[(60 * y)..(60 * y + 60)]])];
        byte[][] valid =
        [
            RawPng.Bytes(RawPng.Header(20, 13, 8, 2), RawPng.Pixels(rgb), RawPng.End),
            RawPng.Bytes(RawPng.Header(9, 9, 1, 0), ("tRNS", [0, 1]), RawPng.Pixels(new byte[27]), RawPng.End),
            RawPng.Bytes(RawPng.Header(8, 8, 8, 3), ("PLTE", [1, 2, 3, 4, 5, 6]), ("tEXt", [65, 0, 66]), RawPng.Pixels(new byte[72]), RawPng.End),
            picture.ToJpeg(), new Image(16, 16).ToJpeg(10),
        ];
        foreach (byte[] file in valid)
            Fuzz(file, Bytes, bytes => Image.Decode(MendedBytes.OfPng(bytes), "file.png"));
    }

    [Fact]
    public void DamagedPaletteMapsAreReadOrRefused()
    {
        var labels = new LabelMap(21, 17);
        new Random(3).NextBytes(labels.Labels);
        Fuzz(PalettePng.Encode(labels), Bytes, bytes => PalettePng.Decode(MendedBytes.OfPng(bytes), "file.png"));
    }

    [Fact]
    public void DamagedSoundsAreReadOrRefused()
    {
        byte[] wav = Soundtrack.ToWav([.. Enumerable.Range(0, 100).Select(i => (short)(100 * i))]);
        Fuzz(wav, Bytes, bytes =>
        {
            (float[] samples, int rate) = WavFile.Decode(bytes, "file.wav");
            Resampler.Resample(samples, rate, 16000);
        });
    }

    [Fact]
    public void DamagedPromptsAndVocabulariesAreReadOrRefused()
    {
        byte[] prompts = [.. """{ "A1": "a man plays a guitar", "A2": "man, guitar", "levels": { "b": { "A1": "x", "A2": "y" } } }"""u8];
        string path = _folder["file"];
        Fuzz(prompts, Text, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            Prompts read = Prompts.Load(path);
            PromptTokenizer.Hashing(30524).Encode(read);
            ClipPrompts.Load(path, "b");
        });
        byte[] vocabulary = Encoding.UTF8.GetBytes(string.Join('\n', "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "man", "##s", ",", "é"));
        Fuzz(vocabulary, Text, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            PromptTokenizer.FromVocabulary(path, 12).Encode(new Prompts("A man's guitar, é", "man, a"));
        });
    }

    [Fact]
    public void DamagedTablesAndRecordsAreReadOrRefused()
    {
        var options = new AvsBenchOptions(ClipSplit.Train, null, SegmentationTask.Avss);
        byte[] table = [.. "vid,uid,s_min,s_sec,a_obj,split,label\na,a,0,0,\"dog, \"\"big\"\"\",train,v1s\r\nb,b,0,0,cat,test,v2\n"u8];
        Fuzz(table, Text, bytes =>
        {
            File.WriteAllBytes(_folder["metadata.csv"], bytes);
            _ = new AvsBenchDataset(_folder.Path, options);
        });
        File.WriteAllBytes(_folder["metadata.csv"], table);
        Fuzz([.. """{"background": 0, "emergency_car": 22}"""u8], Text, bytes =>
        {
            File.WriteAllBytes(_folder["label2idx.json"], bytes);
            _ = new AvsBenchDataset(_folder.Path, options);
        });
        var frame = new Image(4, 4);
        PalettePng.Save(_folder["visible/0.png"], new LabelMap(4, 4));
        Fuzz([.. """{"seed":1,"index":0,"difficulties":["noise"],"things":[{"label":3,"difficulty":"silent-still","sounding":[true]}]}"""u8], Text, bytes =>
        {
            File.WriteAllBytes(_folder["clip.json"], bytes);
            KnownScene.Load(_folder.Path, [frame]);
        });
    }

    [Fact]
    public void DamagedWeightsAndReferenceCasesAreReadOrRefused()
    {
        byte[] valid = File.ReadAllBytes(CaseFile.Copy()
            .Add("grad.p.value", [2], 1f, -1f).AddIntegers("grad.p.index", [2], 0, 3)
            .With("procedural_inputs", """{"p":{"shape":[2,2],"scale":0.5}}""")
            .With("torch_float32_error", """{"y":{"max":2e-7,"rms":1e-7}}""")
            .Write(_folder["valid.safetensors"]));
        string path = _folder["file.safetensors"];
        Fuzz(valid, (bytes, random) => MendedBytes.OfSafetensors(random.Next(2) == 0 ? Text(bytes, random) : Bytes(bytes, random)), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            using ReferenceCase read = ReferenceCase.Open(path);
            foreach (TensorEntry entry in read.File.Entries)
                if (entry.DType == DType.F32)
                    read.File.ReadFloats(entry.Name);
        });
        Assert.False(CaseRunner.Run(path, TestDevices.Shared).Passed);
    }

    public void Dispose() => _folder.Dispose();

    private static void Fuzz(byte[] valid, Func<byte[], Random, byte[]> change, Action<byte[]> read)
    {
        read(valid);
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = valid;
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                bytes = change(bytes, random);
            Exception? error = Costs.Within(() => Record.Exception(() => read(bytes)));
            Assert.True(error is null or InputException or InvalidDataException, $"seed {seed}: {error}");
            Assert.True(error is null || error.Message.Length < 1000, $"seed {seed}: a message of {error?.Message.Length} characters");
            Assert.DoesNotContain('\n', error?.Message ?? "");
        }
    }

    private static byte[] Bytes(byte[] bytes, Random random)
    {
        int at = random.Next(bytes.Length), length = Math.Min(random.Next(1, 9), bytes.Length - at);
        byte[] noise = new byte[length];
        random.NextBytes(noise);
        return random.Next(6) switch
        {
            0 => [.. bytes[..at], (byte)(bytes[at] ^ 1 << random.Next(8)), .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], .. noise, .. bytes[(at + length)..]],
            2 => [.. bytes[..at], .. Enumerable.Repeat((byte)(random.Next(2) * 255), length), .. bytes[(at + length)..]],
            3 => [.. bytes[..at], .. bytes[(at + length)..], 0],
            4 => [.. bytes[..at], .. noise, .. bytes[at..]],
            _ => at == 0 ? bytes : bytes[..at],
        };
    }

    private static byte[] Text(byte[] bytes, Random random)
    {
        if (random.Next(4) == 0)
            return Bytes(bytes, random);
        int at = random.Next(bytes.Length), end = random.Next(at, Math.Min(at + 12, bytes.Length));
        byte[] token = Encoding.UTF8.GetBytes(_tokens[random.Next(_tokens.Length)]);
        return random.Next(4) switch
        {
            0 => [.. bytes[..at], .. token, .. bytes[end..]],
            1 => [.. bytes[..at], .. Enumerable.Repeat(token, random.Next(1, 200)).SelectMany(t => t), .. bytes[at..]],
            2 => [.. bytes[..end], .. bytes[at..end], .. bytes[end..]],
            _ => [.. bytes[..at], .. token, .. bytes[at..]],
        };
    }
}
