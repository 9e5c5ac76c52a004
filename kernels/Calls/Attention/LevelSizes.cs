using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>Height and width of the levels of a feature pyramid, at most <see cref="MaxCount"/>. Plain data, to be part of a call.</summary>
[CollectionBuilder(typeof(LevelSizes), nameof(Create))]
public readonly struct LevelSizes : IEquatable<LevelSizes>
{
    public const int MaxCount = 4;

    private readonly LevelArray _levels;

    private LevelSizes(ReadOnlySpan<(int H, int W)> levels)
    {
        Count = levels.Length;
        levels.CopyTo(_levels);
    }

    public int Count { get; }

    public (int H, int W) this[int level] => ((ReadOnlySpan<(int, int)>)_levels)[..Count][level];

    /// <exception cref="ArgumentException">There are too many levels.</exception>
    public static LevelSizes Create(ReadOnlySpan<(int H, int W)> levels) => levels.Length <= MaxCount
        ? new(levels)
        : throw new ArgumentException($"a pyramid has at most {MaxCount} levels, not {levels.Length}");

    public IEnumerator<(int H, int W)> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    public bool Equals(LevelSizes other) =>
        ((ReadOnlySpan<(int, int)>)_levels)[..Count].SequenceEqual(((ReadOnlySpan<(int, int)>)other._levels)[..other.Count]);

    public override bool Equals(object? obj) => obj is LevelSizes other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (int i = 0; i < Count; i++)
            hash.Add(this[i]);
        return hash.ToHashCode();
    }

    public static bool operator ==(LevelSizes a, LevelSizes b) => a.Equals(b);

    public static bool operator !=(LevelSizes a, LevelSizes b) => !a.Equals(b);

    [InlineArray(MaxCount)]
    private struct LevelArray
    {
        private (int H, int W) _first;
    }
}
