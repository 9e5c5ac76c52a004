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
    public static F4 Load(ArrayView<float> from, int at, int count) => F4.LoadFirst(from, at, count);

    public static void Store(ArrayView<float> to, int at, int count, F4 x) => F4.StoreFirst(to, at, count, x);
}
