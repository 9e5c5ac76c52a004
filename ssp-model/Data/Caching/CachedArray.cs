using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SspNative.Model.Data.Caching;

/// <summary>Numbers in memory with their shape, row-major.</summary>
/// <param name="Data">As many as the shape counts. Whoever shares a cache shares the array, so nobody writes to it.</param>
public readonly record struct CachedArray(float[] Data, Shape Shape);

/// <summary>What tells an intact entry from a damaged one.</summary>
internal static class CacheChecksum
{
    /// <summary>SHA-256, in hexadecimal, of the key and, ordered by name, of the arrays' names, shapes and bits.</summary>
    public static string Compute(CacheKey key, IReadOnlyDictionary<string, CachedArray> arrays)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendText(hash, key.Name);
        foreach ((string name, CachedArray array) in arrays.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            AppendText(hash, name);
            AppendText(hash, array.Shape.ToString());
            hash.AppendData(MemoryMarshal.AsBytes(array.Data.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
