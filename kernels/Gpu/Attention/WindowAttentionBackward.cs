using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <remarks>
/// The bias table's gradient is summed in two passes. In the first the windows are cut into parts; a part and head has a strip, an element for each
/// pair of tokens, to which the part's windows are added in order. In the second the pairs of an entry of the table are summed over the strips.
/// </remarks>
internal sealed partial class GpuKernels
{
    // Strips of a call, unless there are more heads: a number of its own, since it fixes the order of the sums.
    private const int MostStrips = 256;

    public void WindowAttentionBackward(in WindowAttentionBackwardCall call)
    {
        WindowAttentionShape s = call.Shape;
        _ = checked((int)(3 * s.Outputs));
        int windows = WindowsOf(s), parts = Math.Min(windows, Math.Max(1, MostStrips / s.Heads)), tokens = s.Window * s.Window;
        int rows = HasWideGradients(s.Dim, s.Dim) ? Block32.Rows : Block64.Rows;
        var strips = new BiasStrips(parts, s.Heads, tokens, rows);
        using var dots = new GpuScratch<float>(device, s.Rows);
        using var sums = new GpuScratch<float>(device, strips.Length);
        RowDots(call.Y, call.Dy, dots.View, s.B, s.H * s.W, s.Heads, s.Dim);
        ArrayView<float> qkv = Floats(call.Qkv), dqkv = Floats(call.Dqkv);
        var operands = new AttentionGradientOperands
        {
            Q = qkv,
            K = qkv,
            V = qkv,
            LogSumExp = Floats(call.LogSumExp),
            Dy = Floats(call.Dy),
            Dots = dots.View,
            Dq = dqkv,
            Dk = dqkv,
            Dv = dqkv,
            Strips = sums.View,
            Scale = WindowScale(s),
            DimQk = s.Dim,
            DimV = s.Dim,
            Heads = s.Heads,
            Items = windows,
            Parts = parts,
        };
        Backward<WindowedAttention, StripGradient>(operands, windows * s.Heads, new WindowedAttention(s, WindowScale(s), Floats(call.BiasTable)));
        int side = 2 * s.Window - 1;
        device.Run(new BiasTableKernel(sums.View, strips, Floats(call.DBiasTable), s.Window), side * side, s.Heads);
    }
}

internal readonly struct StripGradient : IBiasGradient
{
    public static void Add(ArrayView<F4> strips, int at, bool isFirst, F4 gradients) => strips[at] = isFirst ? gradients : F4.Add(strips[at], gradients);
}

/// <summary>
/// Where the gradients of pairs of tokens lie, as the threads of <see cref="AttentionQueriesKernel{TLanes, TBlock, TVariant, TBias, TAccess}"/> have them.
/// </summary>
/// <param name="parts">Strips of a head.</param>
/// <param name="heads">Heads.</param>
/// <param name="tokens">Of a window.</param>
/// <param name="rows">Queries of a block.</param>
internal readonly struct BiasStrips(int parts, int heads, int tokens, int rows)
{
    private readonly int _heads = heads, _rows = rows, _blocks = (tokens + rows - 1) / rows, _tiles = (tokens + 31) / 32;

    public int Parts { get; } = parts;

    public int Heads => _heads;

    /// <summary>Floats of all strips.</summary>
    public long Length => checked((int)((long)Parts * _heads * _blocks * _tiles * 32 * _rows));

    public int At(int part, int head, int query, int key)
    {
        int block = query / _rows, row = query - block * _rows, step = _rows / 4, ty = row % step, quad = row / step;
        int tile = key / 32, column = key - tile * 32, tx = column & 7, c = column >> 3;
        return 4 * (((((part * _heads + head) * _blocks + block) * _tiles + tile) * 4 + c) * 2 * _rows + ty * 8 + tx) + quad;
    }
}

/// <summary>The gradient of an entry of the bias table: a group of threads sums its pairs of tokens over all parts, in a fixed order.</summary>
internal readonly struct BiasTableKernel(ArrayView<float> sums, BiasStrips strips, ArrayView<float> dTable, int window) : IGpuKernel
{
    private const int Threads = 128;

    public static int GroupSize => Threads;

    public void Run()
    {
        ArrayView<float> partial = SharedMemory.Allocate<float>(Threads);
        int t = Group.IdxX, entry = Grid.IdxX, head = Grid.IdxY, side = 2 * window - 1, down = entry / side - window + 1, right = entry % side - window + 1;
        int columns = window - IntrinsicMath.Abs(right), pairs = (window - IntrinsicMath.Abs(down)) * columns;
        int top = IntrinsicMath.Max(down, 0), left = IntrinsicMath.Max(right, 0);
        float sum = 0f;
        for (int i = t; i < pairs * strips.Parts; i += Threads)
        {
            int part = i / pairs, pair = i - part * pairs, row = pair / columns, y = top + row, x = left + pair - row * columns;
            sum += sums[strips.At(part, head, y * window + x, (y - down) * window + x - right)];
        }
        partial[t] = sum;
        for (int half = Threads / 2; half > 0; half >>= 1)
        {
            Instructions.Barrier();
            if (t < half)
                partial[t] += partial[t + half];
        }
        if (t == 0)
            dTable[entry * strips.Heads + head] = partial[0];
    }
}
