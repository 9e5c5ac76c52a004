using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>What the threads of a warp compute together: products of small matrices, whose parts each has in registers.</summary>
internal interface IWarpProducts
{
    /// <summary>Words of shared memory that a group of so many threads needs for it.</summary>
    static abstract int ScratchWords(int threads);

    /// <inheritdoc cref="Instructions.MultiplyTf32"/>
    static abstract F4 MultiplyTf32(F4 c, U4 a, U2 b, ArrayView<uint> scratch);

    /// <inheritdoc cref="Instructions.MultiplyBFloat16"/>
    static abstract F4 MultiplyBFloat16(F4 c, U4 a, U2 b, ArrayView<uint> scratch);

    /// <inheritdoc cref="Instructions.LoadMatrices"/>
    static abstract U4 LoadMatrices(ArrayView<U4> from, int row, ArrayView<uint> scratch);

    /// <summary>What the next lane has, of lanes 0 and 1, 2 and 3, ….</summary>
    static abstract float OfNeighbour(float x, ArrayView<uint> scratch);
}

/// <summary>CUDA's tensor cores, from sm_80 on.</summary>
internal readonly struct TensorCores : IWarpProducts
{
    // Shared memory of no length cannot be had.
    public static int ScratchWords(int threads) => 1;

    public static F4 MultiplyTf32(F4 c, U4 a, U2 b, ArrayView<uint> scratch) => Instructions.MultiplyTf32(c, a, b);

    public static F4 MultiplyBFloat16(F4 c, U4 a, U2 b, ArrayView<uint> scratch) => Instructions.MultiplyBFloat16(c, a, b);

    public static U4 LoadMatrices(ArrayView<U4> from, int row, ArrayView<uint> scratch) => Instructions.LoadMatrices(ref from[row]);

    public static float OfNeighbour(float x, ArrayView<uint> scratch) => Instructions.ShuffleXor(x, 1);
}

/// <summary>
/// The same by definition, through shared memory, so that kernels for tensor cores can be run, and their places checked, on any device. All threads of the
/// group are in step.
/// </summary>
internal readonly struct EmulatedTensorCores : IWarpProducts
{
    // A thread's part of a, then of b.
    private const int Words = 6;

    public static int ScratchWords(int threads) => threads * Words;

    public static F4 MultiplyTf32(F4 c, U4 a, U2 b, ArrayView<uint> scratch)
    {
        Share(a, b, scratch);
        for (int k = 0; k < 8; k++)
        {
            float low = Interop.IntAsFloat(A(scratch, k, 0)), high = Interop.IntAsFloat(A(scratch, k, 1));
            c = AddProducts(c, low, high, Interop.IntAsFloat(B(scratch, k, 0)), Interop.IntAsFloat(B(scratch, k, 1)));
        }
        Instructions.Barrier();
        return c;
    }

    public static F4 MultiplyBFloat16(F4 c, U4 a, U2 b, ArrayView<uint> scratch)
    {
        Share(a, b, scratch);
        for (int k = 0; k < 8; k++)
        {
            uint low = A(scratch, k, 0), high = A(scratch, k, 1), even = B(scratch, k, 0), odd = B(scratch, k, 1);
            c = AddProducts(c, Interop.IntAsFloat(low << 16), Interop.IntAsFloat(high << 16), Interop.IntAsFloat(even << 16), Interop.IntAsFloat(odd << 16));
            c = AddProducts(
                c, Interop.IntAsFloat(low & 0xFFFF0000), Interop.IntAsFloat(high & 0xFFFF0000), Interop.IntAsFloat(even & 0xFFFF0000),
                Interop.IntAsFloat(odd & 0xFFFF0000));
        }
        Instructions.Barrier();
        return c;
    }

    public static U4 LoadMatrices(ArrayView<U4> from, int row, ArrayView<uint> scratch)
    {
        int thread = Group.IdxX, warp = thread & ~31, mine = warp + ((thread & 31) >> 2), word = thread & 3;
        scratch[thread] = (uint)row;
        Instructions.Barrier();
        ArrayView<uint> words = from.Cast<uint>();
        var loaded = new U4(
            words[4 * (int)scratch[mine] + word], words[4 * (int)scratch[mine + 8] + word], words[4 * (int)scratch[mine + 16] + word],
            words[4 * (int)scratch[mine + 24] + word]);
        Instructions.Barrier();
        return loaded;
    }

    public static float OfNeighbour(float x, ArrayView<uint> scratch)
    {
        int thread = Group.IdxX;
        scratch[thread] = Interop.FloatAsInt(x);
        Instructions.Barrier();
        float neighbours = Interop.IntAsFloat(scratch[thread ^ 1]);
        Instructions.Barrier();
        return neighbours;
    }

    private static void Share(U4 a, U2 b, ArrayView<uint> scratch)
    {
        int at = Group.IdxX * Words;
        scratch[at] = a.X;
        scratch[at + 1] = a.Y;
        scratch[at + 2] = a.Z;
        scratch[at + 3] = a.W;
        scratch[at + 4] = b.X;
        scratch[at + 5] = b.Y;
        Instructions.Barrier();
    }

    // Word k of the thread's upper or lower row of a.
    private static uint A(ArrayView<uint> scratch, int k, int lower)
    {
        int thread = Group.IdxX, owner = (thread & ~3) + (k & 3);
        return scratch[owner * Words + (k < 4 ? 0 : 2) + lower];
    }

    // Word k of the thread's first or second column of b.
    private static uint B(ArrayView<uint> scratch, int k, int second)
    {
        int thread = Group.IdxX, owner = (thread & ~31) + (2 * (thread & 3) + second) * 4 + (k & 3);
        return scratch[owner * Words + (k < 4 ? 4 : 5)];
    }

    private static F4 AddProducts(F4 c, float low, float high, float even, float odd) => new(
        Instructions.Fma(low, even, c.X), Instructions.Fma(low, odd, c.Y), Instructions.Fma(high, even, c.Z), Instructions.Fma(high, odd, c.W));
}
