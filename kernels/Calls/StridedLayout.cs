using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>One dimension of a layout.</summary>
/// <param name="Size">Steps along it.</param>
/// <param name="Stride">Elements from one step to the next; 0 where all steps meet the same elements.</param>
public readonly record struct LayoutAxis(long Size, long Stride);

/// <summary>Where elements lie in a buffer: from an offset on, along at most <see cref="MaxRank"/> dimensions. Plain data, to be part of a call.</summary>
public readonly struct StridedLayout : IEquatable<StridedLayout>
{
    public const int MaxRank = 6;

    private readonly AxisArray _axes;

    /// <exception cref="ArgumentException">There are too many dimensions.</exception>
    public StridedLayout(long offset, params ReadOnlySpan<LayoutAxis> axes)
    {
        if (axes.Length > MaxRank)
            throw new ArgumentException(
                $"a kernel reaches at most {MaxRank} dimensions that do not merge, not {axes.Length}: make one of them contiguous first");
        Offset = offset;
        Rank = axes.Length;
        axes.CopyTo(_axes);
    }

    /// <summary>The first element, in elements from the start of the buffer.</summary>
    public long Offset { get; }

    public int Rank { get; }

    /// <summary>The dimensions, outermost first.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ReadOnlySpan<LayoutAxis> Axes => ((ReadOnlySpan<LayoutAxis>)_axes)[..Rank];

    /// <summary>Number of elements, each counted once however often it is met.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (LayoutAxis axis in Axes)
                count *= axis.Stride == 0 && axis.Size > 0 ? 1 : axis.Size;
            return count;
        }
    }

    /// <summary>One past the last element, in elements from the start of the buffer; 0 if there is none.</summary>
    /// <exception cref="OverflowException">It is beyond 64 bits.</exception>
    public long End
    {
        get
        {
            long last = Offset;
            foreach (LayoutAxis axis in Axes)
            {
                if (axis.Size == 0)
                    return 0;
                last = checked(last + (axis.Size - 1) * axis.Stride);
            }
            return checked(last + 1);
        }
    }

    /// <summary>So many elements from the start of a buffer on.</summary>
    public static implicit operator StridedLayout(long count) => new(0, new LayoutAxis(count, 1));

    /// <summary>The same elements again and again along further dimensions around these.</summary>
    public StridedLayout Along(params ReadOnlySpan<LayoutAxis> outer) => new(Offset, [.. outer, .. Axes]);

    public bool Equals(StridedLayout other) => Offset == other.Offset && Axes.SequenceEqual(other.Axes);

    public override bool Equals(object? obj) => obj is StridedLayout other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Offset);
        foreach (LayoutAxis axis in Axes)
            hash.Add(axis);
        return hash.ToHashCode();
    }

    public static bool operator ==(StridedLayout a, StridedLayout b) => a.Equals(b);

    public static bool operator !=(StridedLayout a, StridedLayout b) => !a.Equals(b);

    [InlineArray(MaxRank)]
    private struct AxisArray
    {
        private LayoutAxis _first;
    }
}
