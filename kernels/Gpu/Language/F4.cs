using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Four floats that are loaded and stored by one access of 16 bytes.</summary>
internal struct F4
{
    public float X, Y, Z, W;

    public F4(float x, float y, float z, float w) => (X, Y, Z, W) = (x, y, z, w);

    public static F4 Broadcast(float x) => new(x, x, x, x);

    public static F4 Add(F4 a, F4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    /// <summary>The larger of each pair; of what is not a number, the second.</summary>
    public static F4 Max(F4 a, F4 b) => new(LaneMath.Max(a.X, b.X), LaneMath.Max(a.Y, b.Y), LaneMath.Max(a.Z, b.Z), LaneMath.Max(a.W, b.W));

    /// <summary>a·b + c.</summary>
    public static F4 Fma(float a, F4 b, F4 c) =>
        new(Instructions.Fma(a, b.X, c.X), Instructions.Fma(a, b.Y, c.Y), Instructions.Fma(a, b.Z, c.Z), Instructions.Fma(a, b.W, c.W));

    /// <summary>a·b + c.</summary>
    public static F4 Fma(F4 a, F4 b, F4 c) =>
        new(Instructions.Fma(a.X, b.X, c.X), Instructions.Fma(a.Y, b.Y, c.Y), Instructions.Fma(a.Z, b.Z, c.Z), Instructions.Fma(a.W, b.W, c.W));

    /// <summary>Elements 4·quad … 4·quad + 3 of the first <paramref name="count"/> of a view that begins at a multiple of 16 bytes; 0 beyond them.</summary>
    public static F4 Load(ArrayView<float> from, int quad, int count)
    {
        int at = 4 * quad;
        if (at + 4 <= count)
            return from.Cast<F4>()[quad];
        return LoadFirst(from, at, count - at);
    }

    /// <summary>Stores what <see cref="Load"/> loads.</summary>
    public static void Store(ArrayView<float> to, int quad, int count, F4 value)
    {
        int at = 4 * quad;
        if (at + 4 <= count)
            to.Cast<F4>()[quad] = value;
        else
            StoreFirst(to, at, count - at, value);
    }

    /// <summary>The first <paramref name="count"/>, of four, from any place on; 0 for the others.</summary>
    public static F4 LoadFirst(ArrayView<float> from, int at, int count) =>
        new(count > 0 ? from[at] : 0f, count > 1 ? from[at + 1] : 0f, count > 2 ? from[at + 2] : 0f, count > 3 ? from[at + 3] : 0f);

    /// <summary>Stores what <see cref="LoadFirst"/> loads.</summary>
    public static void StoreFirst(ArrayView<float> to, int at, int count, F4 value)
    {
        if (count > 0)
            to[at] = value.X;
        if (count > 1)
            to[at + 1] = value.Y;
        if (count > 2)
            to[at + 2] = value.Z;
        if (count > 3)
            to[at + 3] = value.W;
    }
}
