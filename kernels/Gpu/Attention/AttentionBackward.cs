using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void AttentionBackward(in AttentionBackwardCall call)
    {
        AttentionShape s = call.Shape;
        CheckSizes(s);
        int groups = s.B * s.Heads;
        using var dots = new GpuScratch<float>(device, s.Rows);
        RowDots(call.Y, call.Dy, dots.View, s.B, s.Nq, s.Heads, s.DimV);
        var operands = new AttentionGradientOperands
        {
            Q = Floats(call.Q),
            K = Floats(call.K),
            V = Floats(call.V),
            LogSumExp = Floats(call.LogSumExp),
            Dy = Floats(call.Dy),
            Dots = dots.View,
            Dq = Floats(call.Dq),
            Dk = Floats(call.Dk),
            Dv = Floats(call.Dv),
            Strips = dots.View,
            Scale = s.Scale,
            DimQk = s.DimQk,
            DimV = s.DimV,
            Heads = s.Heads,
            Items = s.B,
            Parts = s.B,
        };
        using MaskRows mask = RowsOf(call.MaskKind, call.Mask, s);
        switch (call.MaskKind)
        {
            case AttentionMask.None:
                Backward<SeparateAttention<NoMask>, NoBiasGradient>(operands, groups, new SeparateAttention<NoMask>(s, mask.View));
                break;
            case AttentionMask.Keys:
                Backward<SeparateAttention<KeysMask>, NoBiasGradient>(operands, groups, new SeparateAttention<KeysMask>(s, mask.View));
                break;
            default:
                Backward<SeparateAttention<FullMask>, NoBiasGradient>(operands, groups, new SeparateAttention<FullMask>(s, mask.View));
                break;
        }
    }

    /// <summary>D = Σ y·dy of every row and head: (B,Tokens,Heads·Dim) twice → (B,Heads,Tokens).</summary>
    private void RowDots(DeviceBuffer y, DeviceBuffer dy, ArrayView<float> dots, int images, int tokens, int heads, int dim)
    {
        int rows = checked(images * tokens * heads);
        device.Run(new RowDotsKernel(Floats(y), Floats(dy), dots, tokens, heads, dim, rows), Groups(rows, RowReduce<Threads8>.Rows));
    }

    private void Backward<TVariant, TBias>(in AttentionGradientOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
        where TBias : struct, IBiasGradient
    {
        if (operands.DimQk % 4 == 0 && operands.DimV % 4 == 0)
            Backward<TVariant, TBias, WholeQuads>(operands, groups, variant);
        else
            Backward<TVariant, TBias, SingleFloats>(operands, groups, variant);
    }

    private void Backward<TVariant, TBias, TAccess>(in AttentionGradientOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
        where TBias : struct, IBiasGradient
        where TAccess : struct, IQuadAccess
    {
        if (HasWideGradients(operands.DimQk, operands.DimV))
            Backward<Twice<Lanes4>, Block32, TVariant, TBias, TAccess>(operands, groups, variant);
        else
            Backward<Lanes4, Block64, TVariant, TBias, TAccess>(operands, groups, variant);
    }

    /// <summary>
    /// Whether blocks have 32 rows of 64 channels: then everything of a row is in shared memory at once. Otherwise they have 64 rows of 32 channels, and
    /// of more channels, slices of the gradients are made, each with the scores again.
    /// </summary>
    private bool HasWideGradients(int dimQk, int dimV) => Math.Max(dimQk, dimV) is > 32 and <= 64 && device.SharedBytes >= 48 << 10;

    private void Backward<TLanes, TBlock, TVariant, TBias, TAccess>(AttentionGradientOperands operands, int groups, TVariant variant)
        where TLanes : unmanaged, ILanes<TLanes>
        where TBlock : struct, IAttentionBlock
        where TVariant : struct, IAttentionVariant
        where TBias : struct, IBiasGradient
        where TAccess : struct, IQuadAccess
    {
        int slices = (int)Groups(Math.Max(operands.DimQk, operands.DimV), AttentionTile<TLanes>.Width);
        operands.Blocks = (int)Groups(variant.Queries, TBlock.Rows);
        device.Run(
            new AttentionQueriesKernel<TLanes, TBlock, TVariant, TBias, TAccess>(operands, variant),
            (long)operands.Blocks * operands.Parts * operands.Heads, (int)Groups(operands.DimQk, AttentionTile<TLanes>.Width));
        operands.Blocks = (int)Groups(variant.Keys, TBlock.Rows);
        device.Run(new AttentionKeysKernel<TLanes, TBlock, TVariant, TAccess>(operands, variant), (long)operands.Blocks * groups, slices);
    }
}

/// <summary>What the backward kernels of an attention read and write.</summary>
internal struct AttentionGradientOperands
{
    public ArrayView<float> Q, K, V, LogSumExp, Dy, Dots, Dq, Dk, Dv, Strips;
    public float Scale;
    public int DimQk, DimV, Heads;

    /// <summary>Groups are Items · Heads; for the bias gradient items are summed in so many parts.</summary>
    public int Items, Parts;

    /// <summary>Blocks of rows that a kernel has of each group.</summary>
    public int Blocks;
}

/// <summary>Rows of its own that a group of threads has; its threads are two a row.</summary>
internal interface IAttentionBlock
{
    static abstract int Rows { get; }

    /// <summary>Groups that are to fit on a multiprocessor, which limits a thread's registers.</summary>
    static abstract int GroupsPerMultiprocessor { get; }
}

internal readonly struct Block64 : IAttentionBlock
{
    public static int Rows => 64;

    public static int GroupsPerMultiprocessor => 4;
}

internal readonly struct Block32 : IAttentionBlock
{
    public static int Rows => 32;

    // A thread may so have 168 registers, where eight groups would leave it 128 as in the other block.
    public static int GroupsPerMultiprocessor => 6;
}

/// <summary>What becomes of the scores' gradients beside dq.</summary>
internal interface IBiasGradient
{
    /// <summary>Adds four of them to an element that only this thread has.</summary>
    static abstract void Add(ArrayView<F4> strips, int at, bool isFirst, F4 gradients);
}

internal readonly struct NoBiasGradient : IBiasGradient
{
    public static void Add(ArrayView<F4> strips, int at, bool isFirst, F4 gradients)
    {
    }
}

/// <summary>D = Σ y·dy of a row and head, eight threads each.</summary>
internal readonly struct RowDotsKernel(ArrayView<float> y, ArrayView<float> dy, ArrayView<float> dots, int tokens, int heads, int dim, int rows) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads8>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads8>.GroupSize);
        int row = RowReduce<Threads8>.Row, lane = RowReduce<Threads8>.Lane;
        float sum = 0f;
        if (row < rows)
            for (int d = lane; d < dim; d += Threads8.Count)
                sum = Instructions.Fma(y[row * dim + d], dy[row * dim + d], sum);
        sum = RowReduce<Threads8>.All<float, FloatSum>(sum, scratch);
        if (row >= rows || lane != 0)
            return;
        int token = row / heads, head = row - token * heads, image = token / tokens;
        dots[(image * heads + head) * tokens + token - image * tokens] = sum;
    }
}
