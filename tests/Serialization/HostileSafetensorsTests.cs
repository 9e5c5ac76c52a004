using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using SspNative.Engine.Serialization;
using SspNative.Kernels;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Serialization;

/// <summary>Damaged and malicious files give one clear error each.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], string> Corpus => new()
    {
        { "empty", [], "too few" },
        { "short", [1, 2, 3], "too few" },
        { "length beyond the file", [.. Length(1000), (byte)'{', (byte)'}'], "announce a header of 1000 bytes" },
        { "length of 2^64-1", [.. Enumerable.Repeat((byte)255, 8), (byte)'{', (byte)'}'], "announce a header" },
        { "length one beyond the file", [.. Length(3), (byte)'{', (byte)'}'], "bytes 0 to 8 announce a header of 3 bytes, but the file has 10" },
        { "no header", Length(0), "not valid JSON" },
        { "no JSON from byte 13 on", Header("{\"x\":?"), "is not valid JSON near byte 13" },
        { "not JSON", Header("hello"), "not valid JSON" },
        { "cut JSON", Header("{\"x\":"), "not valid JSON" },
        { "deep JSON", Header(new string('[', 100_000)), "not valid JSON" },
        { "trailing text", Header("{} {}"), "not valid JSON" },
        { "not UTF-8", RawSafetensors.Bytes([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], []), "not UTF-8" },
        { "half a surrogate pair", Header("""{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"""), "no valid text" },
        { "escape sequences in a name", Header("""{"a\u001b[31m\nb":3}"""), "tensor a\uFFFD[31m\uFFFDb is not described" },
        { "escape sequences in metadata", Header("""{"__metadata__":{"a\n":3}}"""), "the metadata a\uFFFD that" },
        { "an array", Header("[]"), "not an object" },
        { "metadata no object", Header("""{"__metadata__":1}"""), "__metadata__" },
        { "metadata no string", Header("""{"__metadata__":{"a":1}}"""), "not a string" },
        { "tensor no object", Header("""{"x":3}"""), "tensor x is not described" },
        { "no dtype", Header("""{"x":{"shape":[1],"data_offsets":[0,4]}}""", 4), "tensor x has no dtype" },
        { "unknown dtype", Tensor("F128", "[1]", "[0,4]", 4), "F128" },
        { "no shape", Header("""{"x":{"dtype":"F32","data_offsets":[0,4]}}""", 4), "no shape" },
        { "no offsets", Header("""{"x":{"dtype":"F32","shape":[1]}}""", 4), "no data_offsets" },
        { "unknown field", Header("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"a":1}}""", 4), "unknown field a" },
        { "negative dimension", Tensor("F32", "[-1]", "[0,4]", 4), "-1" },
        { "fractional dimension", Tensor("F32", "[0.5]", "[0,4]", 4), "0.5" },
        { "text dimension", Tensor("F32", "[\"1\"]", "[0,4]", 4), "shape" },
        { "dimension of 2^63", Tensor("F32", "[9223372036854775808]", "[0,4]", 4), "9223372036854775808" },
        { "overflowing product", Tensor("F32", "[2147483647,2147483647,2147483647]", "[0,4]", 4), "too large" },
        { "product that wraps to 1", Tensor("U8", "[4294967296,4294967296]", "[0,1]", 1), "too large" },
        { "product that wraps in bytes", Tensor("F64", "[1073741824,1073741824,2]", "[0,0]", 0), "do not fill" },
        { "too few bytes", Tensor("F32", "[2]", "[0,4]", 4), "do not fill F32(2)" },
        { "one offset", Tensor("F32", "[1]", "[0]", 4), "not two" },
        { "offsets reversed", Tensor("F32", "[1]", "[4,0]", 4), "[4, 0]" },
        { "offset beyond the data", Tensor("F32", "[1]", "[4,8]", 4), "outside" },
        { "negative offset", Tensor("F32", "[1]", "[-4,0]", 4), "-4" },
        { "huge tensor of a small file", Tensor("F32", "[2147483647]", "[0,8589934588]", 4), "outside" },
        { "hole before", Tensor("F32", "[1]", "[4,8]", 8), "hole" },
        { "rest after", Tensor("F32", "[1]", "[0,4]", 8), "belong to no tensor" },
        {
            "duplicate name", Header("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8),
            "not valid JSON"
        },
        {
            "overlap", Header("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6),
            "tensor y begins at byte"
        },
        {
            "same bytes twice", Header("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4),
            "inside the tensor x"
        },
    };

    [Theory]
    [MemberData(nameof(Corpus))]
    public void MalformedFilesAreRefused(string title, byte[] bytes, string expected)
    {
        string path = _folder[$"{title.Replace(' ', '-')}.safetensors"];
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(error.Message.Length < 1000);
    }

    [Fact]
    public void AHeaderAboveTheLimitIsRefusedBeforeItIsRead()
    {
        string path = _folder["sparse.safetensors"];
        using (FileStream stream = File.Create(path))
        {
            stream.Write(Length(200_000_000));
            stream.SetLength(300_000_000);
        }
        Assert.Contains("are refused", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Property(MaxTest = 400)]
    public Property ChangedBytesNeverGiveAnythingButInvalidData()
    {
        byte[] valid = Valid();
        Gen<(int Position, byte Value)> change = Gen.Choose(0, valid.Length - 1).SelectMany(p => Gen.Choose(0, 255).Select(v => (p, (byte)v)));
        Gen<byte[]> mutated = Gen.Choose(1, 4).SelectMany(n => change.ArrayOf(n)).Select(changes =>
        {
            var bytes = (byte[])valid.Clone();
            foreach ((int position, byte value) in changes)
                bytes[position] = value;
            return bytes;
        });
        return Prop.ForAll(mutated.ToArbitrary(), OpensOrIsRefused);
    }

    [Property(MaxTest = 400)]
    public Property CutAndLengthenedFilesAreRefused()
    {
        byte[] valid = Valid();
        Gen<byte[]> resized = Gen.Choose(0, valid.Length + 40).Where(n => n != valid.Length).Select(n =>
        {
            var bytes = (byte[])valid.Clone();
            Array.Resize(ref bytes, n);
            return bytes;
        });
        return Prop.ForAll(resized.ToArbitrary(), bytes => !Opens(bytes));
    }

    [Property(MaxTest = 400)]
    public Property ChangedHeaderTextNeverGivesAnythingButInvalidData()
    {
        // Digits and punctuation are what turns one well-formed header into another.
        const string Alphabet = "0123456789-.,:[]{}\"e FUIB";
        byte[] valid = Valid();
        int headerLength = BitConverter.ToInt32(valid);
        Gen<byte[]> mutated = Gen.Choose(8, 7 + headerLength).SelectMany(p => Gen.Elements(Alphabet.ToCharArray()).Select(c =>
        {
            var bytes = (byte[])valid.Clone();
            bytes[p] = (byte)c;
            return bytes;
        }));
        return Prop.ForAll(mutated.ToArbitrary(), OpensOrIsRefused);
    }

    public void Dispose() => _folder.Dispose();

    private bool OpensOrIsRefused(byte[] bytes)
    {
        Opens(bytes);
        return true;
    }

    private bool Opens(byte[] bytes)
    {
        string path = _folder["mutated.safetensors"];
        File.WriteAllBytes(path, bytes);
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (TensorEntry entry in file.Entries)
                switch (entry.DType)
                {
                    case DType.F32:
                        file.ReadFloats(entry.Name);
                        break;
                    case DType.I64:
                        file.ReadLongs(entry.Name);
                        break;
                    default:
                        file.ReadBytes(entry.Name);
                        break;
                }
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static byte[] Valid() => Header(
        """{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}"""
        + ""","y":{"dtype":"I64","shape":[1],"data_offsets":[24,32]},"z":{"dtype":"BOOL","shape":[],"data_offsets":[32,33]}}""", 33);

    private static byte[] Length(long length) => BitConverter.GetBytes(length);

    private static byte[] Header(string json, int dataLength = 0) => RawSafetensors.Bytes(json, new byte[dataLength]);

    private static byte[] Tensor(string type, string shape, string offsets, int dataLength) =>
        Header("{\"x\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}", dataLength);
}
