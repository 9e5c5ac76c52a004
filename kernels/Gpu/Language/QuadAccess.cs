using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>How four neighbours of a row are read and written, of which the first <c>count</c> exist; the others are 0.</summary>
internal interface IQuadAccess
{
    static abstract F4 Load(ArrayView<float> from, int at, int count);

    static abstract void Store(ArrayView<float> to, int at, int count, F4 x);
}

/// <summary>Rows begin at multiples of four elements and are as long: all four exist, or none.</summary>
internal readonly struct WholeQuads : IQuadAccess
{
    public static F4 Load(ArrayView<float> from, int at, int count) => count > 0 ? from.Cast<F4>()[at >> 2] : default;

    public static void Store(ArrayView<float> to, int at, int count, F4 x)
    {
        if (count > 0)
            to.Cast<F4>()[at >> 2] = x;
    }
}

/// <summary>Rows of any length at any place.</summary>
internal readonly struct SingleFloats : IQuadAccess
{
    public static F4 Load(ArrayView<float> from, int at, int count) =>
        new(count > 0 ? from[at] : 0f, count > 1 ? from[at + 1] : 0f, count > 2 ? from[at + 2] : 0f, count > 3 ? from[at + 3] : 0f);

    public static void Store(ArrayView<float> to, int at, int count, F4 x)
    {
        if (count > 0)
            to[at] = x.X;
        if (count > 1)
            to[at + 1] = x.Y;
        if (count > 2)
            to[at + 2] = x.Z;
        if (count > 3)
            to[at + 3] = x.W;
    }
}
