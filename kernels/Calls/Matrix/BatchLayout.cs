using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>One dimension of a batch: its size, and how many elements each operand moves by from one item to the next (0 where items share it).</summary>
public readonly record struct BatchAxis(int Size, long A, long B, long C);

/// <summary>
/// Which matrices the items of a batch of products use, along at most <see cref="MaxRank"/> dimensions, outermost first. Items that share an output
/// are added up in their order, the last dimension running fastest.
/// </summary>
public readonly struct BatchLayout : IEquatable<BatchLayout>
{
    // Two more of StridedLayout's are the matrix's own.
    public const int MaxRank = StridedLayout.MaxRank - 2;

    private readonly AxisArray _axes;

    /// <summary>Neighbours that advance alike in all operands are merged, dimensions of one item left out.</summary>
    /// <exception cref="ArgumentException">Too many dimensions are left.</exception>
    public BatchLayout(params ReadOnlySpan<BatchAxis> axes)
    {
        var merged = new List<BatchAxis>(axes.Length);
        foreach (BatchAxis axis in axes)
        {
            if (axis.Size == 1)
                continue;
            if (merged.Count > 0 && Inner(axis) == (merged[^1].A, merged[^1].B, merged[^1].C))
                merged[^1] = axis with { Size = merged[^1].Size * axis.Size };
            else
                merged.Add(axis);
        }
        if (merged.Count > MaxRank)
            throw new ArgumentException($"a batch has at most {MaxRank} dimensions that do not merge, not {merged.Count}: expand an operand first");
        Rank = merged.Count;
        for (int i = 0; i < Rank; i++)
            _axes[i] = merged[i];

        static (long, long, long) Inner(BatchAxis axis) => (axis.A * axis.Size, axis.B * axis.Size, axis.C * axis.Size);
    }

    public int Rank { get; }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ReadOnlySpan<BatchAxis> Axes => ((ReadOnlySpan<BatchAxis>)_axes)[..Rank];

    /// <summary>Number of items.</summary>
    public int Count
    {
        get
        {
            int count = 1;
            foreach (BatchAxis axis in Axes)
                count *= axis.Size;
            return count;
        }
    }

    /// <summary>How many elements the operands of an item lie beyond those of the first.</summary>
    public (long A, long B, long C) this[int item]
    {
        get
        {
            long a = 0, b = 0, c = 0;
            for (int i = Rank - 1; i >= 0; i--)
            {
                BatchAxis axis = _axes[i];
                (item, int index) = Math.DivRem(item, axis.Size);
                a += index * axis.A;
                b += index * axis.B;
                c += index * axis.C;
            }
            return (a, b, c);
        }
    }

    public bool Equals(BatchLayout other) => Axes.SequenceEqual(other.Axes);

    public override bool Equals(object? obj) => obj is BatchLayout other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (BatchAxis axis in Axes)
            hash.Add(axis);
        return hash.ToHashCode();
    }

    public static bool operator ==(BatchLayout a, BatchLayout b) => a.Equals(b);

    public static bool operator !=(BatchLayout a, BatchLayout b) => !a.Equals(b);

    [InlineArray(MaxRank)]
    private struct AxisArray
    {
        private BatchAxis _first;
    }
}
