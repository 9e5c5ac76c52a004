using ILGPU;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Gpu;

/// <summary>Where an item's results go, in elements: of C and all that lies as C, and of the bias.</summary>
internal struct OutputPlace
{
    public long C, Bias;
}

/// <summary>What becomes of the sums of a product.</summary>
internal interface IProductOutput
{
    /// <summary>The places of one output of the batch, or of a part of its sums.</summary>
    OutputPlace Place(int item, int part);

    /// <summary>Takes four neighbours of a row; what lies beyond the last row or column is dropped.</summary>
    void Store(OutputPlace place, int row, int column, F4 sums);
}

/// <summary>Where the rows of C are.</summary>
internal interface IRowPlaces
{
    long Of(int row);
}

/// <summary>One after the other.</summary>
internal readonly struct EvenRows(int stride) : IRowPlaces
{
    private readonly int _stride = stride;

    public long Of(int row) => (long)row * _stride;
}

/// <summary>C = f(sums [+ C] + bias) + residual.</summary>
internal struct ProductOutput<TActivation, TRows> : IProductOutput
    where TActivation : struct, IUnaryOperator
    where TRows : struct, IRowPlaces
{
    public ArrayView<float> C, Bias, Residual, PreActivation;
    public TRows RowPlaces;

    /// <summary>The steps of C and bias from output to output of a batch.</summary>
    public Walk Items;

    public int Rows, Columns;

    /// <summary>1 or 0. C is added to what it holds.</summary>
    public int Accumulate;

    /// <summary>1 or 0: there is one.</summary>
    public int HasBias, HasResidual, HasPreActivation;

    /// <summary>1 or 0: all of it is in whole quads at multiples of 16 bytes.</summary>
    public int InQuads;

    public readonly OutputPlace Place(int item, int part)
    {
        (long c, long bias) = Items.At(item);
        return new OutputPlace { C = c, Bias = bias };
    }

    public readonly void Store(OutputPlace place, int row, int column, F4 sums)
    {
        if (row >= Rows || column >= Columns)
            return;
        long at = place.C + RowPlaces.Of(row) + column;
        int left = Columns - column;
        if (Accumulate != 0)
            sums = F4.Add(Load(C, at, left), sums);
        if (HasBias != 0)
            sums = F4.Add(sums, Load(Bias, place.Bias + column, left));
        if (HasPreActivation != 0)
            Store(PreActivation, at, left, sums);
        sums = new F4(Activate(sums.X), Activate(sums.Y), Activate(sums.Z), Activate(sums.W));
        if (HasResidual != 0)
            sums = F4.Add(sums, Load(Residual, at, left));
        Store(C, at, left, sums);
    }

    private static float Activate(float x) => TActivation.Invoke<LaneMath, float>(x);

    private readonly F4 Load(ArrayView<float> from, long at, int left)
    {
        if (InQuads != 0)
            return from.Cast<F4>()[at >> 2];
        return new F4(from[at], left > 1 ? from[at + 1] : 0f, left > 2 ? from[at + 2] : 0f, left > 3 ? from[at + 3] : 0f);
    }

    private readonly void Store(ArrayView<float> to, long at, int left, F4 value)
    {
        if (InQuads != 0)
        {
            to.Cast<F4>()[at >> 2] = value;
            return;
        }
        to[at] = value.X;
        if (left > 1)
            to[at + 1] = value.Y;
        if (left > 2)
            to[at + 2] = value.Z;
        if (left > 3)
            to[at + 3] = value.W;
    }
}

/// <summary>Sums over a part of k, kept apart until all are there: (parts, items, Rows, Columns rounded up to quads).</summary>
internal readonly struct PartialSums(ArrayView<float> sums, int items, int rows, int columns) : IProductOutput
{
    private readonly ArrayView<F4> _sums = sums.Cast<F4>();
    private readonly int _items = items, _rows = rows, _quads = (columns + 3) / 4;

    public OutputPlace Place(int item, int part) => new() { C = ((long)part * _items + item) * _rows * _quads };

    public void Store(OutputPlace place, int row, int column, F4 sums)
    {
        if (row < _rows && column < 4 * _quads)
            _sums[place.C + (long)row * _quads + (column >> 2)] = sums;
    }

    /// <summary>The sums of all parts, in their order.</summary>
    public F4 Total(int parts, int item, int row, int quad)
    {
        F4 total = default;
        for (int part = 0; part < parts; part++)
        {
            F4 sums = _sums[Place(item, part).C + (long)row * _quads + quad];
            total = new F4(total.X + sums.X, total.Y + sums.Y, total.Z + sums.Z, total.W + sums.W);
        }
        return total;
    }
}
