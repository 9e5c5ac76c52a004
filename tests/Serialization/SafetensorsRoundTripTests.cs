using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TensorScope _scope = new();
    private readonly int _liveBefore = Device.LiveBuffers;

    private static IDevice Device => TestDevices.Shared;

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
        Assert.Equal(_liveBefore, Device.LiveBuffers);
    }

    [Fact]
    public void WhatCannotBeWrittenOrReadIsNamed()
    {
        var tensors = new Dictionary<string, Tensor> { ["x"] = Tensor.FromArray([1f], [1], Device), ["n"] = Tensor.FromArray([1L], [1], Device) };
        string path = _folder["x.safetensors"];
        Assert.Contains(
            "floats cannot be stored as I64", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, tensors, floats: DType.I64)).Message);
        var reserved = new Dictionary<string, Tensor> { ["__metadata__"] = tensors["x"] };
        Assert.Contains("__metadata__ is not a name for a tensor", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, reserved)).Message);
        Assert.False(File.Exists(path));
        SafetensorsWriter.Write(path, tensors);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal($"{path}: tensor n is I64, which cannot be read as F32", Assert.Throws<InvalidDataException>(() => file.ReadFloats("n")).Message);
        Assert.Equal($"{path}: tensor x is F32, which cannot be read as U8", Assert.Throws<InvalidDataException>(() => file.ReadBytes("x")).Message);
        Assert.Equal($"{path}: there is no tensor y", Assert.Throws<KeyNotFoundException>(() => file.ReadFloats("y")).Message);
    }

    // A hole in a file takes no room.
    [Fact]
    public void WhatNoArrayHoldsIsRefused()
    {
        string path = _folder["large.safetensors"];
        long count = Array.MaxLength + 1L;
        byte[] start = RawSafetensors.Bytes($$$"""{"x":{"dtype":"U8","shape":[{{{count}}}],"data_offsets":[0,{{{count}}}]}}""", []);
        using (FileStream stream = File.Create(path))
        {
            stream.Write(start);
            stream.SetLength(start.Length + count);
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal($"{path}: tensor x ({count}) is too large for one array", Assert.Throws<InvalidDataException>(() => file.ReadBytes("x")).Message);
    }

    [Fact]
    public void EveryElementTypeComesBack()
    {
        float[] floats = [1.5f, -2f, 0f, float.NaN, float.PositiveInfinity, float.Epsilon];
        long[] longs = [long.MinValue, -1, 0, long.MaxValue];
        byte[] bytes = [0, 1, 255];
        string path = Write(new()
        {
            ["floats"] = Tensor.FromArray(floats, [2, 3], Device),
            ["longs"] = Tensor.FromArray(longs, [4], Device),
            ["bytes"] = Tensor.FromArray(bytes, [3, 1], Device),
        });
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(floats, file.Read("floats", Device).ToArray());
        Assert.Equal(new Shape(2, 3), file.Read("floats", Device).Shape);
        Assert.Equal(longs, file.Read("longs", Device).ToLongArray());
        Assert.Equal(bytes, file.Read("bytes", Device).ToByteArray());
        Assert.Equal(floats, file.ReadFloats("floats"));
        Assert.Equal(longs, file.ReadLongs("longs"));
        Assert.Equal(bytes, file.ReadBytes("bytes"));
    }

    [Fact]
    public void ScalarsAndEmptyTensorsComeBack()
    {
        string path = Write(new()
        {
            ["scalar"] = Tensor.FromArray([3f], Shape.Scalar, Device),
            ["empty"] = Tensor.FromArray(ReadOnlySpan<float>.Empty, [2, 0, 3], Device),
        });
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(3f, file.Read("scalar", Device).Item());
        Assert.Equal(new Shape(2, 0, 3), file.Read("empty", Device).Shape);
        Assert.Empty(file.ReadFloats("empty"));
    }

    [Fact]
    public void TensorsLongerThanAChunkComeBack()
    {
        float[] values = [.. Enumerable.Range(0, 700_001).Select(i => i * 0.25f)];
        string path = Write(new() { ["x"] = Tensor.FromArray(values, [values.Length], Device) });
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(values, file.Read("x", Device).ToArray());
        Assert.Equal(values, file.ReadFloats("x"));
    }

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void FloatsAreRoundedToTheStoredType(DType stored)
    {
        // All representable in both types, whole chunks and a rest.
        float[] values = [.. Enumerable.Range(0, 300_000).Select(i => (i % 255 - 127) * 0.5f)];
        string path = _folder["x.safetensors"];
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = Tensor.FromArray(values, [values.Length], Device) }, null, stored);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(stored.ToString(), file.Find("x")!.StoredType);
        Assert.Equal(values.Length * 2, file.Find("x")!.ByteLength);
        Assert.Equal(values, file.Read("x", Device).ToArray());
    }

    [Theory]
    [InlineData(0x0001, 5.9604645E-08f)]
    [InlineData(0x03FF, 6.097555E-05f)]
    [InlineData(0x0400, 6.103515625E-05f)]
    [InlineData(0x3C00, 1f)]
    [InlineData(0x7BFF, 65504f)]
    [InlineData(0x8000, -0f)]
    [InlineData(0x7C00, float.PositiveInfinity)]
    [InlineData(0xFC00, float.NegativeInfinity)]
    [InlineData(0x7E00, float.NaN)]
    public void HalfPrecisionIsDecoded(int bits, float expected) => Assert.Equal(expected, DecodeOne("F16", BitConverter.GetBytes((ushort)bits)));

    [Theory]
    [InlineData(0x0001, 9.1835E-41f)]
    [InlineData(0x3F80, 1f)]
    [InlineData(0xC049, -3.140625f)]
    [InlineData(0x7F80, float.PositiveInfinity)]
    [InlineData(0x7FC0, float.NaN)]
    public void BrainFloatsAreDecoded(int bits, float expected) => Assert.Equal(expected, DecodeOne("BF16", BitConverter.GetBytes((ushort)bits)));

    [Theory]
    [InlineData("F8_E4M3", 0x01, 0.001953125f)]
    [InlineData("F8_E4M3", 0x38, 1f)]
    [InlineData("F8_E4M3", 0xBC, -1.5f)]
    [InlineData("F8_E4M3", 0x7E, 448f)]
    [InlineData("F8_E4M3", 0x7F, float.NaN)]
    [InlineData("F8_E5M2", 0x01, 1.52587890625E-05f)]
    [InlineData("F8_E5M2", 0x3C, 1f)]
    [InlineData("F8_E5M2", 0xFB, -57344f)]
    [InlineData("F8_E5M2", 0x7C, float.PositiveInfinity)]
    public void FloatsOfEightBitsAreDecoded(string type, int bits, float expected) => Assert.Equal(expected, DecodeOne(type, [(byte)bits]));

    [Fact]
    public void UnsignedIntegersAreDecoded()
    {
        string path = RawSafetensors.Write(
            _folder["unsigned.safetensors"], ("a", "U16", [2], [0xFF, 0xFF, 1, 0]), ("b", "U32", [2], [0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0]));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([65535L, 1], file.ReadLongs("a"));
        Assert.Equal([4294967295L, 1], file.ReadLongs("b"));
    }

    [Theory]
    [InlineData(0x3F800000u, 0x3F80)]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even neighbour
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float is nearest to infinity
    [InlineData(0x7F800001u, 0x7FC0)] // a NaN whose bits would round to infinity
    [InlineData(0x00008000u, 0x0000)]
    [InlineData(0x00018000u, 0x0002)] // subnormal
    public void BrainFloatsAreRoundedToNearestEven(uint bits, int expected)
    {
        var encoded = new ushort[1];
        ElementConversion.EncodeBrain([BitConverter.UInt32BitsToSingle(bits)], encoded);
        Assert.Equal(expected, encoded[0]);
    }

    [Theory]
    [InlineData(65519f, 0x7BFF)]
    [InlineData(65520f, 0x7C00)]
    [InlineData(2.9802322E-08f, 0x0000)] // half the least subnormal, a tie
    [InlineData(8.940697E-08f, 0x0002)]
    [InlineData(float.NegativeInfinity, 0xFC00)]
    public void HalfPrecisionIsRoundedToNearestEven(float value, int expected)
    {
        var encoded = new Half[1];
        ElementConversion.EncodeHalf([value], encoded);
        Assert.Equal(expected, BitConverter.HalfToUInt16Bits(encoded[0]));
    }

    [Fact]
    public void OtherTypesAreWidened()
    {
        string path = RawSafetensors.Write(
            _folder["x.safetensors"],
            ("d", "F64", [2], [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(1e300)]),
            ("i", "I32", [1], BitConverter.GetBytes(-7)),
            ("b", "BOOL", [2], [0, 1]));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([0.1f, float.PositiveInfinity], file.ReadFloats("d"));
        Assert.Equal([-7L], file.Read("i", Device).ToLongArray());
        Assert.Equal([0, 1], file.Read("b", Device).ToByteArray());
        Assert.Equal(DType.F32, file.Find("d")!.DType);
    }

    [Fact]
    public void TheSameTensorsGiveTheSameAlignedBytes()
    {
        Tensor a = Tensor.FromArray([1f], [1], Device), b = Tensor.FromArray([2L], [1], Device), c = Tensor.FromArray([3], [1], Device);
        var metadata = new Dictionary<string, string> { ["z"] = "1", ["a"] = "„quoted“ \"text\"" };
        string first = _folder["1.safetensors"], second = _folder["2.safetensors"];
        SafetensorsWriter.Write(first, new Dictionary<string, Tensor> { ["c"] = c, ["a"] = a, ["b"] = b }, metadata);
        SafetensorsWriter.Write(second, new Dictionary<string, Tensor> { ["b"] = b, ["c"] = c, ["a"] = a }, metadata.Reverse().ToDictionary());
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        using SafetensorsFile file = SafetensorsFile.Open(first);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(["b", "a", "c"], file.Entries.Select(e => e.Name));
        Assert.Equal(0, file.Entries[0].Offset % 8);
    }

    [Fact]
    public void AnInterruptedWriteLeavesTheOldFile()
    {
        string path = Write(new() { ["x"] = Tensor.FromArray([1f], [1], Device) });
        byte[] before = File.ReadAllBytes(path);
        Tensor freed = Tensor.FromArray([2f], [1], Device);
        freed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Write(new() { ["x"] = freed }));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void ASourceMapsPrefixesAndSaysWhatIsWrong()
    {
        string path = Write(new()
        {
            ["model.w"] = Tensor.FromArray([1f, 2f], [2], Device),
            ["model.ids"] = Tensor.FromArray([1L], [1], Device),
        });
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var source = new TensorFileSource([file], ("", "model."));
        Assert.Null(source.Problem(Spec("w", 2)));
        Assert.Equal([1f, 2f], source.Load(Spec("w", 2), Device).ToArray());
        Assert.Equal("w: the file has (2), the model wants (3)", source.Problem(Spec("w", 3)));
        Assert.Contains("I64", source.Problem(Spec("ids", 1)));
        Assert.Contains("missing", source.Problem(Spec("v", 1)));
    }

    private static ParameterSpec Spec(string name, int count) => new(name, [count], Init.Zeros, Role.Base);

    private float DecodeOne(string type, byte[] raw)
    {
        string path = RawSafetensors.Write(_folder["x.safetensors"], ("x", type, [1], raw));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.ReadFloats("x")[0];
    }

    private string Write(Dictionary<string, Tensor> tensors)
    {
        string path = _folder["x.safetensors"];
        SafetensorsWriter.Write(path, tensors);
        return path;
    }

    /// <summary>What is made when its turn comes must be what the header says.</summary>
    [Fact]
    public void ATensorThatIsNotWhatWasAnnouncedIsNotWritten()
    {
        using var scope = new TensorScope();
        string path = _folder["x.safetensors"];
        Tensor x = Tensor.Zeros([2, 3], Device);
        foreach (StoredTensor announced in (StoredTensor[])[new("x", [3, 2], DType.F32, () => x), new("x", [2, 3], DType.I64, () => x)])
            Assert.Contains(
                "x was announced as",
                Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [announced])).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }
}
