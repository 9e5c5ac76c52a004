using System.Diagnostics;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// One operand of a product as the blocked driver sees it: lanes (rows of A or columns of B) by k, cut into panels. A
/// stored matrix and the patches of an image that a convolution multiplies differ in nothing else.
/// </summary>
internal unsafe interface IPanelSource
{
    /// <summary>
    /// Writes lanes lane … lane+count−1 at k … k+kCount−1 as panels of <paramref name="width"/> lanes, each of kCount rows,
    /// the last one zero-padded.
    /// </summary>
    void Pack(int lane, int count, int k, int kCount, int width, float* panels);

    /// <summary>
    /// Where a panel can be read without packing, with the distance of its rows, or null: its lanes must lie side by side.
    /// </summary>
    float* InPlace(int lane, int k, out nint stride);

    /// <summary>Whether every panel can be read without packing.</summary>
    static virtual bool IsPacked => false;

    /// <summary>Asks for one lane at k … k+kCount−1 to come nearer from memory; does nothing where that is not worth it.</summary>
    void Prefetch(int lane, int k, int kCount);
}

/// <summary>A matrix in memory. Its lanes lie side by side when <paramref name="lanesAreRows"/> is false.</summary>
internal readonly unsafe struct MatrixPanels(float* source, nint stride, bool lanesAreRows) : IPanelSource
{
    public void Pack(int lane, int count, int k, int kCount, int width, float* panels)
    {
        if (lanesAreRows)
            Packing.Transposed(source + lane * stride + k, stride, count, kCount, width, panels);
        else
            Packing.Straight(source + k * stride + lane, stride, count, kCount, width, panels);
    }

    public float* InPlace(int lane, int k, out nint rowStride)
    {
        rowStride = stride;
        return lanesAreRows ? null : source + k * stride + lane;
    }

    public void Prefetch(int lane, int k, int kCount)
    {
        if (lanesAreRows)
            Packing.Prefetch(source + lane * stride + k, kCount);
    }
}

/// <summary>A matrix in memory whose elements are widened as they are packed.</summary>
internal readonly unsafe struct BFloat16Panels(BFloat16Element* source, nint stride, bool lanesAreRows) : IPanelSource
{
    public void Pack(int lane, int count, int k, int kCount, int width, float* panels)
    {
        if (lanesAreRows)
            Packing.Transposed(source + lane * stride + k, stride, count, kCount, width, panels);
        else
            Packing.Straight(source + k * stride + lane, stride, count, kCount, width, panels);
    }

    public float* InPlace(int lane, int k, out nint rowStride)
    {
        rowStride = stride;
        return null;
    }

    public void Prefetch(int lane, int k, int kCount)
    {
        if (lanesAreRows)
            Packing.Prefetch(source + lane * stride + k, kCount);
    }
}

/// <summary>A matrix that was packed beforehand, <see cref="DType.F32Panels"/>: lanes in whole panels, each over all of k.</summary>
internal readonly unsafe struct WeightPanels(float* source, int k, int lanes) : IPanelSource
{
    public static bool IsPacked => true;

    // All its panels are whole, and so are read in place.
    public void Pack(int lane, int count, int first, int kCount, int width, float* panels) => throw new UnreachableException();

    public float* InPlace(int lane, int first, out nint rowStride)
    {
        rowStride = lanes;
        return source + (nint)lane * k + (nint)first * lanes;
    }

    // What is read from front to back, the processor fetches by itself; to ask for it took a fifth more time.
    public void Prefetch(int lane, int first, int kCount)
    {
    }
}
