using System.Runtime.CompilerServices;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels.Cpu;

/// <summary>Where a product goes and what happens to it on the way: C = f(A·B [+ C] + bias) + residual.</summary>
internal readonly unsafe struct GemmOutput
{
    public required float* C { get; init; }

    public required nint Stride { get; init; }

    /// <summary>The product is added to what C holds.</summary>
    public bool Accumulate { get; init; }

    public float* Bias { get; init; }

    public Activation Activation { get; init; }

    /// <summary>In C's layout, as is <see cref="PreActivation"/>.</summary>
    public float* Residual { get; init; }

    public float* PreActivation { get; init; }

    private bool HasEpilogue => Bias != null || Activation != Activation.None || Residual != null || PreActivation != null;

    /// <summary>
    /// Applies the epilogue to one tile, in place, when its sums are complete and still in the cache.
    /// <paramref name="spare"/> has room for two vectors.
    /// </summary>
    public void Finish<TSimd, TVec>(int row, int column, int rows, int columns, float* spare)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct
    {
        if (!HasEpilogue)
            return;
        var tile = new EpilogueTile<TSimd, TVec>(in this, row, column, rows, columns, spare);
        Activation.Visit(ref tile);
    }
}

/// <summary>One tile and the epilogue that it gets.</summary>
internal readonly unsafe ref struct EpilogueTile<TSimd, TVec>(ref readonly GemmOutput output, int row, int column, int rows, int columns, float* spare)
    : IActivationVisitor
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    private readonly ref readonly GemmOutput _output = ref output;
    private readonly float* _spare = spare;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Visit<TOp>() where TOp : struct, IUnaryOperator =>
        Epilogue<TSimd, TVec, TOp>.Apply(in _output, row, column, rows, columns, _spare);
}

/// <summary>Bias, pre-activation, activation and residual of one tile of C.</summary>
internal static unsafe class Epilogue<TSimd, TVec, TActivation>
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
    where TActivation : struct, IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(in GemmOutput output, int row, int column, int rows, int columns, float* spare)
    {
        nint w = TSimd.Width, stride = output.Stride, offset = row * stride + column;
        float* bias = output.Bias == null ? null : output.Bias + column;
        float* residual = output.Residual == null ? null : output.Residual + offset;
        float* pre = output.PreActivation == null ? null : output.PreActivation + offset;
        float* c = output.C + offset;
        for (; rows > 0; rows--)
        {
            nint j = 0;
            for (; j + w <= columns; j += w)
            {
                TVec x = TSimd.Load(c + j);
                if (bias != null)
                    x = TSimd.Add(x, TSimd.Load(bias + j));
                if (pre != null)
                    TSimd.Store(pre + j, x);
                x = TActivation.Invoke<TSimd, TVec>(x);
                if (residual != null)
                    x = TSimd.Add(x, TSimd.Load(residual + j));
                TSimd.Store(c + j, x);
            }
            if (j < columns)
                ApplyTail((int)(columns - j), c + j, Shift(bias, j), Shift(pre, j), Shift(residual, j), spare);
            c += stride;
            residual = Shift(residual, stride);
            pre = Shift(pre, stride);
        }
    }

    // Less than a vector is left of the row: what lies beyond belongs to others, so it is worked on in the spare vectors.
    private static void ApplyTail(int count, float* c, float* bias, float* pre, float* residual, float* spare)
    {
        nint w = TSimd.Width;
        float* sum = spare, activated = spare + w;
        TSimd.Store(sum, TSimd.Zero);
        for (int i = 0; i < count; i++)
            sum[i] = c[i] + (bias == null ? 0f : bias[i]);
        TSimd.Store(activated, TActivation.Invoke<TSimd, TVec>(TSimd.Load(sum)));
        for (int i = 0; i < count; i++)
        {
            if (pre != null)
                pre[i] = sum[i];
            c[i] = activated[i] + (residual == null ? 0f : residual[i]);
        }
    }

    private static float* Shift(float* p, nint offset) => p == null ? null : p + offset;
}
