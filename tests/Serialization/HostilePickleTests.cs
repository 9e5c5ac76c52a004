using System.Diagnostics;
using System.IO.Compression;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>PyTorch's files are read as data: what asks to run something, lies or is damaged is refused in one line, in a moment, in little memory.</summary>
public sealed class HostilePickleTests : IDisposable
{
    private const long MostBytes = 100_000_000;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Hostile => [.. Directory.GetFiles(Repository.Path("tests/checkpoints/hostile")).Select(f => Path.GetFileName(f)!).Order()];

    public static TheoryData<string, byte[], string> Pickles => new()
    {
        { "a module's function", Pickle("cos\nsystem\nX\u0002\0\0\0ls\u0085R."), "names os.system" },
        { "a class", Pickle("c__main__\nNet\n)\u0081."), "names __main__.Net" },
        { "a whole module", Pickle("ctorch.nn.modules.linear\nLinear\n)\u0081."), "save its state_dict" },
        { "an attribute of what is known", Pickle("ctorch\nload\nX\u0001\0\0\0x\u0085R."), "names torch.load" },
        { "an instruction of an old protocol", Pickle("(ios\nsystem\n."), "INST" },
        { "a known name with other arguments", Pickle("ctorch._utils\n_rebuild_tensor_v2\n(K\u0001tR."), "with arguments that it does not have" },
        { "a state for what has none", Pickle("K\u0001K\u0002b."), "sets the state" },
        { "a value from nowhere", Pickle("h\u0005."), "memory" },
        { "nothing on the stack", Pickle("s."), "takes a value" },
        { "no mark", Pickle("}u."), "mark" },
        { "two results", Pickle("NN."), "2 values" },
        { "no dictionary", Pickle("]."), "no dictionary of tensors" },
        { "no tensors", Pickle("}X\u0001\0\0\0aK\u0001s."), "without tensors" },
        { "a text that is longer than the file", Pickle("X\u00FF\u00FF\u00FF\u007F."), "should begin 2147483647 bytes" },
        { "an endless name", Pickle($"c{new string('a', 5000)}\n"), "more than 1024 bytes" },
        { "marks without end", Pickle(new string('(', 3_000_000)), "operations" },
        { "no end", Pickle("}"), "should begin 1 bytes" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostileFilesAreRefusedAndNothingRuns(string name)
    {
        string path = Repository.Path($"tests/checkpoints/hostile/{name}");
        Refused(path);
        Assert.False(File.Exists("pwned"));
    }

    [Theory]
    [MemberData(nameof(Pickles), DisableDiscoveryEnumeration = true)]
    public void PicklesThatAreNoStateDictAreRefused(string title, byte[] bytes, string expected)
    {
        string path = _folder[title.Replace(' ', '-')];
        File.WriteAllBytes(path, bytes);
        Assert.Contains(expected, Refused(path));
    }

    // Text of a megabyte, of which a hostile pickle makes bytes again and again.
    [Fact]
    public void TextsThatMultiplyAreRefused()
    {
        byte[] call = Pickle("h\0h\u0001h\u0002\u0086R")[2..];
        byte[] start = Pickle("c_codecs\nencode\nq\0X\0\0\u0010\0" + new string('a', 1 << 20) + "q\u0001X\u0006\0\0\0latin1q\u0002");
        File.WriteAllBytes(_folder["texts"], [.. start, .. Enumerable.Repeat(call, 1000).SelectMany(c => c), (byte)'.']);
        Assert.Contains("MiB of texts", Refused(_folder["texts"]));
    }

    // A long list or tuple, which a hostile pickle has copied a hundred thousand times; and dictionaries that hold each other.
    [Theory]
    [InlineData("ctorch\nSize\nq\0(", "lq\u0001", "h\0h\u0001\u0085R", "arguments")]
    [InlineData("ccollections\nOrderedDict\nq\0(", "lq\u0001", "h\0h\u0001\u0085R", "dictionaries of more than")]
    public void CopiesThatMultiplyAreRefused(string start, string end, string call, string expected)
    {
        byte[] list = Pickle(start.Replace("(", "](", StringComparison.Ordinal)), close = Pickle(end.Replace("l", "e", StringComparison.Ordinal));
        File.WriteAllBytes(_folder["copies"],
            [.. list, .. Enumerable.Repeat((byte)'N', 400_000), .. close[2..], .. Enumerable.Repeat(Pickle(call)[2..], 100_000).SelectMany(c => c), (byte)'.']);
        Assert.Contains(expected, Refused(_folder["copies"]));
    }

    [Fact]
    public void DictionariesThatHoldEachOtherAreSearchedOnce()
    {
        string entries = string.Concat(Enumerable.Repeat("X\u0005\0\0\0modelh\0", 50_000));
        File.WriteAllBytes(_folder["loop"], Pickle($"}}q\0({entries}u."));
        Assert.Contains("without tensors", Refused(_folder["loop"]));
    }

    [Fact]
    public void ACompressedGigabyteIsNotUnpacked()
    {
        using (ZipArchive archive = ZipFile.Open(_folder["bomb"], ZipArchiveMode.Create))
        {
            using (Stream pickle = archive.CreateEntry("x/data.pkl").Open())
                pickle.Write(Pickle(
                    "}q\0X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu"
                    + "J\0\0\0\u0001tQK\0J\0\0\0\u0001\u0085K\u0001\u0085\u0089NtRs."));
            using Stream data = archive.CreateEntry("x/data/0").Open();
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++)
                data.Write(zeros);
        }
        Assert.Contains("compressed", Refused(_folder["bomb"]));
    }

    // A storage of one element that a tensor claims to repeat 2⁶⁰ times, or to reach beyond.
    [Theory]
    [InlineData(new[] { 1 << 30, 1 << 30 }, new[] { 0, 0 }, 0, "eight times as large")]
    [InlineData(new[] { 3 }, new[] { 1 }, 0, "up to element 2 of a storage of 2")]
    [InlineData(new[] { 1 }, new[] { 1 }, 2, "up to element 2 of a storage of 2")]
    [InlineData(new[] { 2 }, new[] { -1 }, 1, "no tensor has")]
    [InlineData(new[] { -2 }, new[] { 1 }, 0, "no tensor has")]
    [InlineData(new[] { int.MaxValue, int.MaxValue, int.MaxValue }, new[] { 0, 0, 0 }, 0, "too large")]
    [InlineData(new[] { int.MaxValue, int.MaxValue, int.MaxValue, 0 }, new[] { 0, 0, 0, 0 }, 0, "too large")]
    public void ViewsOutsideTheirStorageAreRefused(int[] shape, int[] strides, int offset, string expected)
    {
        TorchWriter.Zip(_folder["whole"], [TorchTensor.Of("w", [2], [1, 2])]);
        byte[] view = Pickle(
            "}X\u0001\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu"
            + $"K\u0002tQ{Integer(offset)}({string.Concat(shape.Select(Integer))}t({string.Concat(strides.Select(Integer))}t\u0089NtRs.");
        using (ZipArchive archive = ZipFile.Open(_folder["view"], ZipArchiveMode.Create))
        {
            using (Stream pickle = archive.CreateEntry("x/data.pkl", CompressionLevel.NoCompression).Open())
                pickle.Write(view);
            using Stream data = archive.CreateEntry("x/data/0", CompressionLevel.NoCompression).Open();
            data.Write(new byte[8]);
        }
        Assert.Contains(expected, Refused(_folder["view"]));

        static string Integer(int value) => $"J{new string([.. BitConverter.GetBytes(value).Select(b => (char)b)])}";
    }

    [Fact]
    public void CutFilesAreRefusedWithFileAndByte()
    {
        foreach (string name in TorchFileTests.Names)
        {
            byte[] whole = File.ReadAllBytes(Repository.Path($"tests/checkpoints/{name}"));
            for (int part = 0; part < 64; part++)
            {
                File.WriteAllBytes(_folder["cut"], whole[..(int)((long)whole.Length * part / 64)]);
                Refused(_folder["cut"]);
            }
        }
    }

    [Fact]
    public void ChangedBytesNeverGiveAnythingButInvalidData()
    {
        var random = new Random(5);
        foreach (string name in TorchFileTests.Names)
        {
            byte[] whole = File.ReadAllBytes(Repository.Path($"tests/checkpoints/{name}"));
            for (int i = 0; i < 150; i++)
            {
                byte[] changed = [.. whole];
                for (int k = 0; k <= i % 3; k++)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                File.WriteAllBytes(_folder["changed"], changed);
                try
                {
                    ReadAll(_folder["changed"]);
                }
                catch (InvalidDataException e)
                {
                    AssertShort(_folder["changed"], e.Message);
                }
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string Refused(string path)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        string message = Assert.Throws<InvalidDataException>(() => ReadAll(path)).Message;
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, MostBytes);
        AssertShort(path, message);
        return message;
    }

    private static void AssertShort(string path, string message)
    {
        Assert.StartsWith(path, message);
        Assert.DoesNotContain('\n', message);
        Assert.InRange(message.Length, 1, 600);
    }

    private static void ReadAll(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        foreach (TensorEntry entry in file.Entries)
            _ = entry.DType switch
            {
                DType.F32 => (Array)file.ReadFloats(entry.Name),
                DType.I64 => file.ReadLongs(entry.Name),
                _ => file.ReadBytes(entry.Name),
            };
    }

    // A pickle of protocol 2, a byte a character.
    private static byte[] Pickle(string opcodes) => [0x80, 2, .. opcodes.Select(c => (byte)c)];
}
