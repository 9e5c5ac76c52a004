using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Which of a tile's two directions an operand's lanes are.</summary>
internal interface ISide
{
    /// <summary>Lanes of the tile: 32, 64 or 128.</summary>
    static abstract int Width { get; }

    static abstract int Threads { get; }
}

internal readonly struct RowSide<TTile> : ISide
    where TTile : struct, ITile<TTile>
{
    public static int Width => TTile.Rows;

    public static int Threads => TTile.Threads;
}

internal readonly struct ColumnSide<TTile> : ISide
    where TTile : struct, ITile<TTile>
{
    public static int Width => TTile.Columns;

    public static int Threads => TTile.Threads;
}

/// <summary>What a thread has loaded and not yet stored: at most four quads, of which only the side's number is used.</summary>
internal struct StagedQuads
{
    public F4 Q0, Q1, Q2, Q3;
}

/// <summary>The steps of a product that are brought into shared memory at a time.</summary>
internal static class ProductSteps
{
    public const int Depth = 16;
}

/// <summary>
/// Brings <see cref="Depth"/> steps of an operand at a time into one half of shared memory, one thread's share of them. Quad q of step k lies at
/// k · Width / 4 + (q ^ 2·⌊k / 4⌋), so that threads meet in no bank, whether their quads lie along k or along lanes.
/// </summary>
internal struct OperandStage<TSide, TPanels>
    where TSide : struct, ISide
    where TPanels : struct, IPanels<TPanels>
{
    /// <summary>Steps at a time.</summary>
    public const int Depth = ProductSteps.Depth;

    private TPanels _panels;
    private Lane _lane0, _lane1, _lane2, _lane3;
    private Step _step;
    private int _to;

    /// <summary>Quads of both halves.</summary>
    public static int SharedQuads => 2 * Depth * Quads;

    /// <summary>Quads of a step.</summary>
    private static int Quads => TSide.Width / 4;

    /// <summary>Quads of a thread.</summary>
    private static int Share => TSide.Width * (Depth / 4) / TSide.Threads;

    // From one quad of a thread to its next, in lanes, or in steps.
    private static int LanesApart => TSide.Threads / (Depth / 4);

    private static int StepsApart => TSide.Threads / Quads;

    // Division of a variable is long even by a constant.
    private static int QuadsLog => TSide.Width == 128 ? 5 : TSide.Width == 64 ? 4 : 3;

    /// <summary>Where a quad lies in a chunk of four steps, of those that begin at <paramref name="k"/>, a multiple of <see cref="Depth"/>.</summary>
    public static int At(int quad, int k, int chunk) => (k & Depth) * Quads + chunk * (4 * Quads) + (quad ^ (2 * chunk));

    /// <param name="firstStep">A multiple of <see cref="Depth"/>.</param>
    public static OperandStage<TSide, TPanels> Begin(TPanels panels, int firstLane, int firstStep, int thread)
    {
        var stage = new OperandStage<TSide, TPanels> { _panels = panels };
        if (TPanels.AlongK)
        {
            int lane = thread >> 2, chunk = thread & 3;
            stage._lane0 = panels.Lane(firstLane + lane);
            if (Share > 1)
                stage._lane1 = panels.Lane(firstLane + lane + LanesApart);
            if (Share > 2)
            {
                stage._lane2 = panels.Lane(firstLane + lane + 2 * LanesApart);
                stage._lane3 = panels.Lane(firstLane + lane + 3 * LanesApart);
            }
            stage._step = panels.Step(firstStep + 4 * chunk);
            stage._to = 4 * At(lane >> 2, 0, chunk) + (lane & 3);
        }
        else
        {
            int quad = thread & (Quads - 1), k = thread >> QuadsLog;
            stage._lane0 = panels.Lane(firstLane + 4 * quad);
            stage._step = panels.Step(firstStep + k);
            stage._to = At(quad, 0, k >> 2) + (k & 3) * Quads;
        }
        return stage;
    }

    public OperandStage<TSide, TPanels> Next()
    {
        OperandStage<TSide, TPanels> next = this;
        next._step = _panels.Advance(_step, Depth);
        return next;
    }

    public StagedQuads Load(int end)
    {
        StagedQuads quads = default;
        quads.Q0 = _panels.Load(in _lane0, in _step, end);
        if (TPanels.AlongK)
        {
            if (Share > 1)
                quads.Q1 = _panels.Load(in _lane1, in _step, end);
            if (Share > 2)
            {
                quads.Q2 = _panels.Load(in _lane2, in _step, end);
                quads.Q3 = _panels.Load(in _lane3, in _step, end);
            }
        }
        else
        {
            if (Share > 1)
                quads.Q1 = _panels.Load(in _lane0, _panels.Advance(_step, StepsApart), end);
            if (Share > 2)
            {
                quads.Q2 = _panels.Load(in _lane0, _panels.Advance(_step, 2 * StepsApart), end);
                quads.Q3 = _panels.Load(in _lane0, _panels.Advance(_step, 3 * StepsApart), end);
            }
        }
        return quads;
    }

    /// <summary>Stores the steps from <paramref name="k"/> on, a multiple of <see cref="Depth"/>.</summary>
    public readonly void Store(ArrayView<F4> shared, int k, in StagedQuads quads)
    {
        int half = (k & Depth) * Quads;
        Store(shared, half, 0, quads.Q0);
        if (Share > 1)
            Store(shared, half, 1, quads.Q1);
        if (Share > 2)
        {
            Store(shared, half, 2, quads.Q2);
            Store(shared, half, 3, quads.Q3);
        }
    }

    private readonly void Store(ArrayView<F4> shared, int half, int i, F4 quad)
    {
        if (TPanels.AlongK)
        {
            ArrayView<float> to = shared.Cast<float>().SubView(4 * half + _to + i * LanesApart, 3 * TSide.Width + 1);
            to[0] = quad.X;
            to[TSide.Width] = quad.Y;
            to[2 * TSide.Width] = quad.Z;
            to[3 * TSide.Width] = quad.W;
        }
        else
        {
            // i · StepsApart / 4 chunks of four steps on: bits of the chunk that were zero.
            shared[half + (_to ^ (i * StepsApart / 2)) + i * StepsApart * Quads] = quad;
        }
    }
}
