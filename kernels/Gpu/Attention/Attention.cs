using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    // Groups of threads that forward attention wants for an image, and the fewest keys that it splits off for them. Of its groups, of two warps, five fit on
    // a multiprocessor, and with two of them it waits three cycles of four.
    private const int AttentionGroups = 640, LeastSplitKeys = 256;

    public void Attention(in AttentionCall call)
    {
        AttentionShape s = call.Shape;
        var operands = new AttentionOperands
        {
            Q = Floats(call.Q),
            K = Floats(call.K),
            V = Floats(call.V),
            Y = Floats(call.Y),
            LogSumExp = Floats(OrAbsent(call.LogSumExp)),
            HasLogSumExp = call.LogSumExp is null ? 0 : 1,
            DimQk = s.DimQk,
            DimV = s.DimV,
            ImageGroups = s.Heads,
        };
        CheckSizes(s);
        using MaskRows mask = RowsOf(call.MaskKind, call.Mask, s);
        switch (call.MaskKind)
        {
            case AttentionMask.None:
                Forward(operands, s.B * s.Heads, new SeparateAttention<NoMask>(s, mask.View));
                break;
            case AttentionMask.Keys:
                Forward(operands, s.B * s.Heads, new SeparateAttention<KeysMask>(s, mask.View));
                break;
            default:
                Forward(operands, s.B * s.Heads, new SeparateAttention<FullMask>(s, mask.View));
                break;
        }
    }

    // Places of rows are 32-bit numbers in these kernels.
    private static void CheckSizes(in AttentionShape s) => _ = checked((int)Math.Max(Math.Max(s.Queries, s.Keys), Math.Max(s.Values, s.Outputs)));

    /// <summary>The mask of a call with what holds of its rows, which a kernel finds out first.</summary>
    private MaskRows RowsOf(AttentionMask kind, DeviceBuffer? mask, in AttentionShape s)
    {
        ArrayView<byte> bytes = Bytes(OrAbsent(mask));
        if (kind == AttentionMask.None)
            return new MaskRows(null, new AttentionMaskView { Blocked = bytes, Holds = Bytes(OrAbsent(null)).Cast<int>() });
        int rows = kind == AttentionMask.Keys ? s.B : checked(s.B * s.Nq);
        var holds = new GpuScratch<int>(device, rows);
        device.Run(new MaskRowsKernel(bytes, holds.View, s.Nk), rows);
        return new MaskRows(holds, new AttentionMaskView { Blocked = bytes, Holds = holds.View, Queries = s.Nq, Keys = s.Nk });
    }

    private void Forward<TVariant>(in AttentionOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
    {
        if (operands.InQuads)
            Forward<TVariant, WholeQuads>(operands, groups, variant);
        else
            Forward<TVariant, SingleFloats>(operands, groups, variant);
    }

    // Up to 64 channels everything of a query and a key is in shared memory at once. Of more, or where there is little shared memory, slices of the
    // output are made, each with the scores again.
    private void Forward<TVariant, TAccess>(in AttentionOperands operands, int groups, TVariant variant)
        where TVariant : struct, IAttentionVariant
        where TAccess : struct, IQuadAccess
    {
        int dim = Math.Max(operands.DimQk, operands.DimV);
        if (dim <= 32 || device.SharedBytes < 48 << 10)
            Forward<Lanes4, Lanes4, TVariant, TAccess>(operands, groups, variant);
        else if (dim <= 64)
            Forward<Twice<Lanes4>, Twice<Lanes4>, TVariant, TAccess>(operands, groups, variant);
        else
            Forward<Lanes4, Twice<Twice<Lanes4>>, TVariant, TAccess>(operands, groups, variant);
    }

    private void Forward<TIn, TOut, TVariant, TAccess>(AttentionOperands operands, int groups, TVariant variant)
        where TIn : unmanaged, ILanes<TIn>
        where TOut : unmanaged, ILanes<TOut>
        where TVariant : struct, IAttentionVariant
        where TAccess : struct, IQuadAccess
    {
        int blocks = (int)Groups(variant.Queries, AttentionKernel.Queries), slices = (int)Groups(operands.DimV, AttentionTile<TOut>.Width);
        operands.Rows = checked(groups * variant.Queries);
        // By what an image has alone: it fixes the order of the sums.
        int keys = Math.Max(1, variant.Keys), ofImage = Math.Max(1, checked(blocks * operands.ImageGroups * slices));
        int wanted = Math.Clamp(AttentionGroups / ofImage, 1, Math.Max(1, keys / LeastSplitKeys));
        operands.SplitKeys = (int)Groups(Groups(keys, wanted), AttentionTile<TOut>.Others) * AttentionTile<TOut>.Others;
        operands.Splits = (int)Groups(keys, operands.SplitKeys);
        long partialRows = operands.Splits > 1 ? (long)operands.Splits * operands.Rows : 0;
        _ = checked((int)(partialRows * operands.DimV));
        using var partial = new GpuScratch<float>(device, partialRows * operands.DimV);
        using var sums = new GpuScratch<float>(device, partialRows);
        using var maxima = new GpuScratch<float>(device, partialRows);
        (operands.Partial, operands.Sums, operands.Maxima) = (partial.View, sums.View, maxima.View);
        if (device.HasWarps)
            device.Run(new AttentionKernel<TIn, TOut, TVariant, TAccess, WarpLanes>(operands, blocks, variant), (long)blocks * groups, slices, operands.Splits);
        else
            device.Run(
                new AttentionKernel<TIn, TOut, TVariant, TAccess, SharedRows>(operands, blocks, variant), (long)blocks * groups, slices, operands.Splits);
        if (operands.Splits > 1)
            device.Run(
                new AttentionMergeKernel<TVariant>(operands, variant), Groups((long)operands.Rows * operands.DimV, AttentionMergeKernel<TVariant>.GroupSize));
    }

    private readonly struct MaskRows(GpuScratch<int>? holds, AttentionMaskView view) : IDisposable
    {
        public AttentionMaskView View => view;

        public void Dispose() => holds?.Dispose();
    }
}

/// <summary>What an attention reads and writes.</summary>
internal struct AttentionOperands
{
    public ArrayView<float> Q, K, V, Y, LogSumExp;
    public int HasLogSumExp, DimQk, DimV;

    /// <summary>Groups of an image.</summary>
    public int ImageGroups;

    /// <summary>What several splits of the keys give: y before the division (Splits,Rows,DimV), sums and maxima (Splits,Rows).</summary>
    public ArrayView<float> Partial, Sums, Maxima;

    /// <summary>Splits, keys of each, and queries of all groups.</summary>
    public int Splits, SplitKeys, Rows;

    /// <summary>Whether every row begins at a multiple of four elements and is as long.</summary>
    public readonly bool InQuads => DimQk % 4 == 0 && DimV % 4 == 0;
}

/// <summary>Whether a row of a mask leaves any key open: only then it holds. A group of threads has a row.</summary>
internal readonly struct MaskRowsKernel(ArrayView<byte> blocked, ArrayView<int> holds, int keys) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads256>.GroupSize;

    public void Run()
    {
        ArrayView<int> scratch = SharedMemory.Allocate<int>(RowReduce<Threads256>.GroupSize);
        int open = Either.Neutral;
        long row = (long)Grid.IdxX * keys;
        for (int i = Group.IdxX; i < keys; i += GroupSize)
            open |= blocked[row + i] == 0 ? 1 : 0;
        open = RowReduce<Threads256>.All<int, Either>(open, scratch);
        if (Group.IdxX == 0)
            holds[Grid.IdxX] = open;
    }
}
