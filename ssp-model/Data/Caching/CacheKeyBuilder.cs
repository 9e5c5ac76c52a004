using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Caching;

/// <summary>
/// Names a cached result by everything that it depends on: a SHA-256 over named parts, each with its length, so that no two
/// different lists of parts give the same bytes to hash.
/// </summary>
/// <example><code>
/// CacheKey key = new CacheKeyBuilder("flow").Add("network", "perceiver 0.1").Add("frame", first).Add("frame", second).Build();
/// </code></example>
public sealed class CacheKeyBuilder
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly string _kind;

    /// <param name="kind">What is computed, in letters, digits and hyphens: it begins the file's name.</param>
    /// <exception cref="ArgumentException">The kind has other characters, or none.</exception>
    public CacheKeyBuilder(string kind)
    {
        if (kind.Length == 0 || !kind.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new ArgumentException($"\"{kind}\" cannot begin the name of a cached file", nameof(kind));
        _kind = kind;
        Add("kind", kind);
    }

    /// <summary>Adds bytes: a file's content, or a digest of weights.</summary>
    public CacheKeyBuilder Add(string name, ReadOnlySpan<byte> bytes)
    {
        AppendPart(Encoding.UTF8.GetBytes(name));
        AppendPart(bytes);
        return this;
    }

    /// <summary>Adds an option or a description.</summary>
    public CacheKeyBuilder Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds values, such as the samples of a sound.</summary>
    public CacheKeyBuilder Add(string name, ReadOnlySpan<float> values) => Add(name, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a picture's size and pixels.</summary>
    public CacheKeyBuilder Add(string name, Image image) =>
        Add($"{name} {image.Width}x{image.Height}", image.Rgb.AsSpan());

    /// <summary>
    /// Adds the program that computes: what another build, processor architecture or vector width computes may differ in its last bits.
    /// </summary>
    public CacheKeyBuilder AddProgram()
    {
        foreach (Type part in (Type[])[typeof(IKernels), typeof(Tensor), typeof(CacheKeyBuilder)])
            Add("build", part.Module.ModuleVersionId.ToByteArray());
        return Add("processor", $"{RuntimeInformation.ProcessArchitecture} {Vector<float>.Count}");
    }

    /// <summary>The key; the builder is used up.</summary>
    public CacheKey Build()
    {
        using (_hash)
            return new CacheKey($"{_kind}-{Convert.ToHexStringLower(_hash.GetHashAndReset())}");
    }

    private void AppendPart(ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        _hash.AppendData(length);
        _hash.AppendData(bytes);
    }
}

/// <summary>The name of a cached result, made by <see cref="CacheKeyBuilder"/>.</summary>
public readonly record struct CacheKey
{
    internal CacheKey(string name) => Name = name;

    /// <summary>What was computed and 64 hexadecimal digits.</summary>
    public string Name { get; }

    public override string ToString() => Name;
}
