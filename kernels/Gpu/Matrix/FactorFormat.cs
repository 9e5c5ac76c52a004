using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// In what the factors of a product on tensor cores are. Shared memory has, for each lane, its values of
/// <see cref="FragmentStage{TSide, TFormat, TPanels}.Depth"/> steps side by side, in rows of 16 bytes; a product takes two of those rows.
/// </summary>
internal interface IFactorFormat
{
    /// <summary>Rows of 16 bytes that the steps of a stage take.</summary>
    static abstract int Chunks { get; }

    /// <summary>Whether what rounding took is multiplied too, in registers of its own.</summary>
    static virtual bool HasRest => false;

    /// <summary>Stores four steps of a lane, which begin at a multiple of four.</summary>
    /// <param name="row">The lane's first row of 16 bytes.</param>
    static abstract void StoreFour(ArrayView<U4> shared, int row, int step, F4 values);

    static abstract void StoreOne(ArrayView<U4> shared, int row, int step, float value);

    /// <summary>What is multiplied, of what was loaded from shared memory.</summary>
    static abstract Factors<U4> Prepare(U4 loaded);

    static abstract Factors<U2> Prepare(U2 loaded);

    /// <summary>c + a · b of a warp.</summary>
    static abstract F4 Multiply<TWarp>(F4 c, in Factors<U4> a, in Factors<U2> b, ArrayView<uint> scratch) where TWarp : struct, IWarpProducts;
}

/// <summary>A thread's part of a factor, and what rounding took from it, for formats that multiply that too.</summary>
internal struct Factors<T>
    where T : unmanaged
{
    public T Rounded, Rest;
}

/// <summary>tf32: rounded once, as it comes to shared memory.</summary>
internal readonly struct Tf32Format : IFactorFormat
{
    public static int Chunks => 4;

    public static void StoreFour(ArrayView<U4> shared, int row, int step, F4 values) => shared[row + (step >> 2)] = new U4(
        Instructions.ToTf32(values.X), Instructions.ToTf32(values.Y), Instructions.ToTf32(values.Z), Instructions.ToTf32(values.W));

    public static void StoreOne(ArrayView<U4> shared, int row, int step, float value) => shared.Cast<uint>()[4 * row + step] = Instructions.ToTf32(value);

    public static Factors<U4> Prepare(U4 loaded) => new() { Rounded = loaded };

    public static Factors<U2> Prepare(U2 loaded) => new() { Rounded = loaded };

    public static F4 Multiply<TWarp>(F4 c, in Factors<U4> a, in Factors<U2> b, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts => TWarp.MultiplyTf32(c, a.Rounded, b.Rounded, scratch);
}

/// <summary>
/// A float32 as the sum of two tf32: x = x₁ + x₂, and what is still left is 2⁻²³ of it or less. x·y = x₂·y₁ + x₁·y₂ + x₁·y₁, without x₂·y₂.
/// </summary>
internal readonly struct SplitTf32Format : IFactorFormat
{
    public static int Chunks => 4;

    public static bool HasRest => true;

    public static void StoreFour(ArrayView<U4> shared, int row, int step, F4 values) => shared[row + (step >> 2)] = new U4(
        Interop.FloatAsInt(values.X), Interop.FloatAsInt(values.Y), Interop.FloatAsInt(values.Z), Interop.FloatAsInt(values.W));

    public static void StoreOne(ArrayView<U4> shared, int row, int step, float value) => shared.Cast<uint>()[4 * row + step] = Interop.FloatAsInt(value);

    public static Factors<U4> Prepare(U4 loaded)
    {
        var rounded = new U4(Round(loaded.X), Round(loaded.Y), Round(loaded.Z), Round(loaded.W));
        return new()
        {
            Rounded = rounded,
            Rest = new U4(Rest(loaded.X, rounded.X), Rest(loaded.Y, rounded.Y), Rest(loaded.Z, rounded.Z), Rest(loaded.W, rounded.W)),
        };
    }

    public static Factors<U2> Prepare(U2 loaded)
    {
        var rounded = new U2(Round(loaded.X), Round(loaded.Y));
        return new() { Rounded = rounded, Rest = new U2(Rest(loaded.X, rounded.X), Rest(loaded.Y, rounded.Y)) };
    }

    public static F4 Multiply<TWarp>(F4 c, in Factors<U4> a, in Factors<U2> b, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts
    {
        // The smallest first. Tensor cores add without rounding to the nearest: a long sum of theirs would lose what the split gains, so they begin anew.
        F4 sum = TWarp.MultiplyTf32(default, a.Rest, b.Rounded, scratch);
        sum = TWarp.MultiplyTf32(sum, a.Rounded, b.Rest, scratch);
        return F4.Add(c, TWarp.MultiplyTf32(sum, a.Rounded, b.Rounded, scratch));
    }

    private static uint Round(uint x) => Instructions.ToTf32(Interop.IntAsFloat(x));

    private static uint Rest(uint x, uint rounded) => Instructions.ToTf32(Instructions.Sub(Interop.IntAsFloat(x), Interop.IntAsFloat(rounded)));
}

/// <summary>bf16: rounded once, as it comes to shared memory; weights that are stored so are as they were.</summary>
internal readonly struct BFloat16Format : IFactorFormat
{
    public static int Chunks => 2;

    public static void StoreFour(ArrayView<U4> shared, int row, int step, F4 values) => shared.Cast<U2>()[2 * row + (step >> 2)] =
        new U2(Instructions.ToBFloat16Pair(values.X, values.Y), Instructions.ToBFloat16Pair(values.Z, values.W));

    public static void StoreOne(ArrayView<U4> shared, int row, int step, float value) =>
        shared.Cast<ushort>()[8 * row + step] = (ushort)Instructions.ToBFloat16Pair(value, 0f);

    public static Factors<U4> Prepare(U4 loaded) => new() { Rounded = loaded };

    public static Factors<U2> Prepare(U2 loaded) => new() { Rounded = loaded };

    public static F4 Multiply<TWarp>(F4 c, in Factors<U4> a, in Factors<U2> b, ArrayView<uint> scratch)
        where TWarp : struct, IWarpProducts => TWarp.MultiplyBFloat16(c, a.Rounded, b.Rounded, scratch);
}
