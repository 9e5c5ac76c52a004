using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>Files that PyTorch wrote hold the numbers that it says.</summary>
[LeakCheck]
public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files => [.. Names];

    internal static IReadOnlyList<string> Names =>
        [.. Directory.GetFiles(Repository.Path("tests/checkpoints"), "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".pth" or ".pt" or ".pkl" or ".bin" or ".tar" && !f.Contains("hostile", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(Repository.Path("tests/checkpoints"), f).Replace('\\', '/')).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryTensorIsTheOneThatPyTorchWrote(string name)
    {
        string folder = Path.GetDirectoryName(name)!.Replace("views-legacy", "views", StringComparison.Ordinal)
            .Replace("types-legacy", "types", StringComparison.Ordinal);
        using TensorFile file = TensorFile.Open(Repository.Path($"tests/checkpoints/{name}"));
        using SafetensorsFile expected = SafetensorsFile.Open(Repository.Path($"tests/checkpoints/{folder}.expected.safetensors"));
        Assert.NotEmpty(file.Entries);
        if (!name.Contains("shards", StringComparison.Ordinal))
            Assert.Equal(expected.Entries.Count, file.Entries.Count);
        foreach (TensorEntry entry in file.Entries)
        {
            string known = name.StartsWith("trainer", StringComparison.Ordinal) ? entry.Name["module.".Length..] : entry.Name;
            Assert.Equal(expected.Find(known)!.Shape, entry.Shape);
            // In this order, so that what is read does not lie there from before.
            double[] read = Values(file, entry.Name);
            Assert.Equal(Values(expected, known), read);
        }
    }

    [Fact]
    public void ReadingToADeviceGivesTheSameNumbers()
    {
        using TensorFile file = TensorFile.Open(Repository.Path("tests/checkpoints/views/views.pt"));
        using var scope = new TensorScope();
        Assert.All(file.Entries, e => Assert.Equal(file.ReadFloats(e.Name), file.Read(e.Name, TestDevices.Shared).ToArray()));
    }

    [Fact]
    public void AFlippedBitInAStorageIsFoundByItsChecksum()
    {
        byte[] bytes = File.ReadAllBytes(Repository.Path("tests/checkpoints/zip/weights.pth"));
        using (TensorFile sound = TensorFile.Open(Repository.Path("tests/checkpoints/zip/weights.pth")))
            bytes[sound.Entries[0].Offset] ^= 1;
        File.WriteAllBytes(_folder["flipped.pth"], bytes);
        using TensorFile file = TensorFile.Open(_folder["flipped.pth"]);
        string error = Assert.Throws<InvalidDataException>(() => file.ReadFloats(file.Entries[0].Name)).Message;
        Assert.Contains($"byte {file.Entries[0].Offset}", error);
        Assert.Contains("which is damaged: its checksum is", error);
        using var scope = new TensorScope();
        Assert.Throws<InvalidDataException>(() => file.Read(file.Entries[0].Name, TestDevices.Shared));
        // The others are as they were.
        Assert.All(file.Entries.Skip(1).Where(e => e.DType == DType.F32), e => file.ReadFloats(e.Name));
    }

    [Fact]
    public void AFlippedBitInThePickleIsFoundByItsChecksum()
    {
        byte[] bytes = File.ReadAllBytes(Repository.Path("tests/checkpoints/zip/weights.pth"));
        using (TensorFile sound = TensorFile.Open(Repository.Path("tests/checkpoints/zip/weights.pth")))
            bytes[bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(sound.Entries[0].Name))] ^= 1;
        File.WriteAllBytes(_folder["flipped.pth"], bytes);
        Assert.Contains("data.pkl, which is damaged", Assert.Throws<InvalidDataException>(() => TensorFile.Open(_folder["flipped.pth"])).Message);
    }

    [Fact]
    public void ChecksumsAreThoseOfTheStandard()
    {
        Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));
        var parts = new Crc32();
        byte[] bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        for (int i = 0; i < bytes.Length; i += 7)
            parts.Append(bytes.AsSpan(i, Math.Min(7, bytes.Length - i)));
        Assert.Equal(Crc32.Compute(bytes), parts.Value);
    }

    [Fact]
    public void WhatAFileIsComesFromItsBytes()
    {
        var tensor = TorchTensor.Of("w", [2], [1, 2]);
        TorchWriter.Zip(_folder["a.safetensors"], [tensor]);
        TorchWriter.Legacy(_folder["b.txt"], [tensor]);
        File.Copy(Repository.Path("tests/checkpoints/zip.expected.safetensors"), _folder["c.pth"]);
        Assert.Equal(["PyTorch zip", "PyTorch legacy", "safetensors"], new[] { "a.safetensors", "b.txt", "c.pth" }.Select(Format));
        Assert.Equal("pickle", Format(Repository.Path("tests/checkpoints/detectron/model_final.pkl")));

        string Format(string name)
        {
            using TensorFile file = TensorFile.Open(_folder[name]);
            return file.Format;
        }
    }

    // The first real release of VGGish weights is of 2019, and trainers wrap their state dicts in both containers.
    [Theory]
    [InlineData(null)]
    [InlineData("state_dict")]
    [InlineData("model")]
    public void BothContainersHoldAStateDictOrATrainersCheckpoint(string? wrapper)
    {
        TorchTensor[] tensors = [TorchTensor.Of("a.weight", [2, 3], [1, 2, 3, 4, 5, 6]), new("n", "LongStorage", [1], BitConverter.GetBytes(-5L))];
        TorchWriter.Zip(_folder["zip"], tensors, wrapper);
        TorchWriter.Legacy(_folder["legacy"], tensors, wrapper);
        foreach (string name in (string[])["zip", "legacy"])
        {
            using TensorFile file = TensorFile.Open(_folder[name]);
            Assert.Equal([1f, 2, 3, 4, 5, 6], file.ReadFloats("a.weight"));
            Assert.Equal([-5L], file.ReadLongs("n"));
        }
    }

    [Theory]
    [InlineData(new byte[] { (byte)'G', (byte)'G', (byte)'U', (byte)'F', 3, 0, 0, 0 }, "GGUF")]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "gzip")]
    [InlineData(new byte[] { 0x89, (byte)'H', (byte)'D', (byte)'F' }, "HDF5")]
    public void OtherFormatsAreNamed(byte[] bytes, string expected)
    {
        File.WriteAllBytes(_folder["x"], bytes);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => TensorFile.Open(_folder["x"])).Message);
        Assert.False(TensorFile.IsLikely(_folder["x"]));
    }

    [Theory]
    [InlineData(0, "version https://git-lfs.github.com/spec/v1", "a Git LFS pointer in place of the file itself; run 'git lfs pull'")]
    [InlineData(0, "<!DOCTYPE html>", "a web page; the download went wrong")]
    [InlineData(0, "<html>", "a web page; the download went wrong")]
    [InlineData(257, "ustar", "a tar archive; unpack it, or save it again with PyTorch 1.6 or later")]
    [InlineData(256, "ustar", "no weight file: not safetensors, not PyTorch's, not a pickle of arrays")]
    [InlineData(0, "words", "no weight file: not safetensors, not PyTorch's, not a pickle of arrays")]
    [InlineData(0, "", "no weight file: not safetensors, not PyTorch's, not a pickle of arrays")]
    public void WhatIsNoWeightFileIsSaid(int offset, string text, string expected)
    {
        File.WriteAllText(_folder["x"], new string('-', offset) + text);
        Assert.Equal($"{_folder["x"]}: {expected}", Assert.Throws<InvalidDataException>(() => TensorFile.Open(_folder["x"])).Message);
        Assert.False(TensorFile.IsLikely(_folder["x"]));
    }

    [Fact]
    public void AFormatIsLikelyByItsFirstBytes()
    {
        foreach (string name in Names.Where(n => !n.Contains("hostile", StringComparison.Ordinal)))
            Assert.True(TensorFile.IsLikely(Repository.Path($"tests/checkpoints/{name}")), name);
        Assert.True(TensorFile.IsLikely(Repository.Path("tests/checkpoints/zip.expected.safetensors")));
        Assert.False(TensorFile.IsLikely(_folder["none"]));
        Assert.False(TensorFile.IsLikely(_folder.Path));
        // One that was cut.
        File.WriteAllBytes(_folder["x"], [200, 0, 0, 0, 0, 0, 0, 0, (byte)'{']);
        Assert.True(TensorFile.IsLikely(_folder["x"]));
        File.WriteAllBytes(_folder["x"], [200, 0, 0, 0, 0, 0, 0, 0, (byte)'[']);
        Assert.False(TensorFile.IsLikely(_folder["x"]));
        File.WriteAllBytes(_folder["x"], [200, 0, 0, 0, 0, 0, 0, 0]);
        Assert.False(TensorFile.IsLikely(_folder["x"]));
    }

    // A large view is read piece by piece.
    [Fact]
    public void APieceOfATransposeBeginsWhereTheLastOneEnded()
    {
        float[] stored = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
        File.WriteAllBytes(_folder["x"], MemoryMarshal.AsBytes<float>(stored).ToArray());
        using var file = new FileBytes(_folder["x"]);
        var entry = new TensorEntry("x", "F32", new Shape(2, 4, 3), 0, 96) { Strides = [12, 1, 4] };
        float[] whole = [.. Enumerable.Range(0, 24).Select(at => stored[12 * (at / 12) + at / 3 % 4 + 4 * (at % 3)])];
        for (int first = 0; first < 24; first++)
        {
            float[] piece = new float[24 - first];
            new StoredElements(file, entry).Read(first, MemoryMarshal.AsBytes(piece.AsSpan()));
            Assert.Equal(whole[first..], piece);
        }
    }

    [Fact]
    public void RowsOfATensorAreWithinIt()
    {
        using TensorFile file = TensorFile.Open(Repository.Path("tests/checkpoints/views/views.pt"));
        foreach (TensorEntry whole in file.Entries.Where(e => e.Shape.Rank > 1 && e.DType == DType.F32 && e.Shape[0] > 1))
        {
            float[] all = file.ReadFloats(whole.Name);
            int rows = whole.Shape[0], row = all.Length / rows;
            using var scope = new TensorScope();
            Assert.Equal(all[row..], file.Read(whole.Rows("part", 1, rows - 1), TestDevices.Shared).ToArray());
            Assert.Equal(all[..row], file.Read(whole.Rows("part", 0, 1), TestDevices.Shared).ToArray());
            Assert.Throws<ArgumentOutOfRangeException>(() => whole.Rows("part", 1, rows));
            Assert.Throws<ArgumentOutOfRangeException>(() => whole.Rows("part", -1, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => whole.Rows("part", 0, 0));
        }
    }

    // The command line of a training, as trainers keep it beside their weights: {"args": Namespace(out=PosixPath("/x"), epochs=1), "model": {...}}.
    [Fact]
    public void TheCommandLineBesideWeightsIsPassedOver()
    {
        const string args = "X\u0004\0\0\0argscargparse\nNamespace\n)\u0081}(X\u0003\0\0\0outcpathlib\nPosixPath\n"
            + "X\u0001\0\0\0/X\u0001\0\0\0x\u0086RX\u0006\0\0\0epochsK\u0001ub";
        const string array = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u0085C\u0001b\u0087R(K\u0001K\u0002\u0085"
            + "cnumpy\ndtype\nX\u0002\0\0\0f4\u0089\u0088\u0087R(K\u0003X\u0001\0\0\0<tb\u0089C\u0008\0\0\u0080?\0\0\0@tb";
        string pickle = $"\u0080\u0003}}({args}X\u0005\0\0\0model}}X\u0001\0\0\0w{array}su.";
        File.WriteAllBytes(_folder["trained.pkl"], [.. pickle.Select(c => (byte)c)]);
        using TensorFile file = TensorFile.Open(_folder["trained.pkl"]);
        Assert.Equal([1f, 2], file.ReadFloats("w"));
    }

    public void Dispose() => _folder.Dispose();

    private static double[] Values(TensorFile file, string name) => file.Find(name)!.DType switch
    {
        DType.F32 => [.. file.ReadFloats(name)],
        DType.I64 => [.. file.ReadLongs(name)],
        _ => [.. file.ReadBytes(name)],
    };
}
