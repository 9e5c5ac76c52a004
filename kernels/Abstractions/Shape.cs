using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>The dimensions of a contiguous row-major tensor, outermost first. A scalar has rank 0 and one element.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IEquatable<Shape>
{
    private readonly int[] _dims;

    public Shape(params int[] dims)
    {
        foreach (int d in dims)
            if (d < 0)
                throw new ArgumentException($"Shape: a dimension is negative in ({string.Join(", ", dims)})");
        // The caller may use its array again.
        _dims = [.. dims];
        Int128 count = 1;
        foreach (int d in dims)
            if ((count *= d) > long.MaxValue)
                throw new ArgumentException($"Shape: ({string.Join(", ", dims)}) has more than 2⁶³ elements");
        Count = (long)count;
    }

    /// <summary>Builds a shape from a collection expression, so that <c>[2, 3]</c> is a shape.</summary>
    public static Shape Create(ReadOnlySpan<int> dims) => new(dims.ToArray());

    public static Shape Scalar { get; } = new();

    public int Rank => _dims.Length;

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    public int this[Index i] => _dims[i];

    public ReadOnlySpan<int> Dims => _dims;

    public int[] ToArray() => [.. _dims];

    /// <summary>Row-major strides in elements.</summary>
    public long[] Strides()
    {
        var strides = new long[Rank];
        long s = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = s;
            s *= _dims[i];
        }
        return strides;
    }

    /// <summary>Turns a possibly negative dimension index into one in 0…Rank−1.</summary>
    public int Axis(int dim, string op)
    {
        int axis = dim < 0 ? dim + Rank : dim;
        if (axis < 0 || axis >= Rank)
            throw new ArgumentException($"{op}: dimension {dim} does not exist in shape {this} of rank {Rank}");
        return axis;
    }

    /// <summary>Product of the dimensions from <paramref name="start"/> up to but not including <paramref name="end"/>.</summary>
    public long CountOf(int start, int end)
    {
        long n = 1;
        for (int i = start; i < end; i++)
            n *= _dims[i];
        return n;
    }

    /// <summary>The shape with one dimension replaced.</summary>
    public Shape With(int dim, int size)
    {
        int[] dims = ToArray();
        dims[Axis(dim, "Shape.With")] = size;
        return new Shape(dims);
    }

    /// <summary>The common shape of two operands under NumPy broadcasting, or an error that names both.</summary>
    public static Shape Broadcast(Shape a, Shape b, string op)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var dims = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int da = i <= a.Rank ? a[^i] : 1, db = i <= b.Rank ? b[^i] : 1;
            if (da != db && da != 1 && db != 1)
                throw new ArgumentException($"{op}: shapes {a} and {b} do not broadcast: dimension −{i} is {da} and {db}");
            dims[^i] = da == 1 ? db : da;
        }
        return new Shape(dims);
    }

    public bool Equals(Shape? other) => other is not null && _dims.AsSpan().SequenceEqual(other._dims);

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode()
    {
        var h = new HashCode();
        foreach (int d in _dims)
            h.Add(d);
        return h.ToHashCode();
    }

    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <summary>Enumerates the dimensions, outermost first.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_dims).GetEnumerator();

    public override string ToString() => $"({string.Join(", ", _dims)})";
}
