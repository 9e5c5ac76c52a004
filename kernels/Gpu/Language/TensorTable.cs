using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Many tensors, cut into pieces, a group a piece: a row of numbers a tensor, the first of which is its first piece.</summary>
/// <param name="numbers">The rows; pieces begin at 0 and grow.</param>
/// <param name="tensors">How many rows.</param>
/// <param name="width">Numbers of a row.</param>
internal readonly struct TensorTable(ArrayView<int> numbers, int tensors, int width)
{
    /// <summary>Buffers begin at multiples of so many floats.</summary>
    public const int FloatsOfBlock = (int)(GpuHeap.Alignment / sizeof(float));

    /// <summary>The beginning of the row of the tensor that a piece belongs to.</summary>
    public int Find(int piece)
    {
        int low = 0, high = tensors - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (numbers[middle * width] <= piece)
                low = middle;
            else
                high = middle - 1;
        }
        return low * width;
    }

    /// <summary>A number of a row.</summary>
    /// <param name="row">What <see cref="Find"/> gave.</param>
    /// <param name="column">Which.</param>
    public int Number(int row, int column) => numbers[row + column];

    /// <summary>The tensor of a slab whose block a row names.</summary>
    public ArrayView<float> Floats(ArrayView<float> slab, int row, int column, int count) => slab.SubView((long)numbers[row + column] * FloatsOfBlock, count);
}
