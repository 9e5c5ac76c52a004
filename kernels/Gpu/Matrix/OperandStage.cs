using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Which of a tile's two directions an operand's lanes are.</summary>
internal interface ISide
{
    /// <summary>Lanes of the tile.</summary>
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

/// <summary>
/// Brings <see cref="Depth"/> steps of an operand into shared memory, one thread's share of it: quad q of step k lies at k · Width / 4 + (q ^ 2·(k / 4)),
/// so that neither quads along k nor along lanes meet in a bank.
/// </summary>
internal struct OperandStage<TSide, TPanels>
    where TSide : struct, ISide
    where TPanels : struct, IPanels<TPanels>
{
    /// <summary>Steps at a time.</summary>
    public const int Depth = 16;

    private TPanels _panels;
    private Lane _lane0, _lane1, _lane2, _lane3;
    private Step _step;

    /// <summary>Quads of a thread.</summary>
    private static int Share => TSide.Width * (Depth / 4) / TSide.Threads;

    private static int Quads => TSide.Width / 4;

    // From one quad of a thread to its next, in lanes, or in steps.
    private static int LanesApart => TSide.Threads / (Depth / 4);

    private static int StepsApart => TSide.Threads / Quads;

    /// <summary>Where the quad lies that is the first of four steps from 4 · <paramref name="chunk"/> on.</summary>
    public static int At(int quad, int chunk) => chunk * (4 * Quads) + (quad ^ (2 * chunk));

    public static OperandStage<TSide, TPanels> Begin(TPanels panels, int firstLane, int firstStep, int thread)
    {
        var stage = new OperandStage<TSide, TPanels> { _panels = panels };
        if (TPanels.AlongK)
        {
            int lane = firstLane + thread / (Depth / 4);
            stage._lane0 = panels.Lane(lane);
            if (Share > 1)
                stage._lane1 = panels.Lane(lane + LanesApart);
            if (Share > 2)
            {
                stage._lane2 = panels.Lane(lane + 2 * LanesApart);
                stage._lane3 = panels.Lane(lane + 3 * LanesApart);
            }
            stage._step = panels.Step(firstStep + 4 * (thread % (Depth / 4)));
        }
        else
        {
            stage._lane0 = panels.Lane(firstLane + 4 * (thread % Quads));
            stage._step = panels.Step(firstStep + thread / Quads);
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

    public static void Store(ArrayView<F4> shared, int thread, in StagedQuads quads)
    {
        Store(shared, thread, 0, quads.Q0);
        if (Share > 1)
            Store(shared, thread, 1, quads.Q1);
        if (Share > 2)
        {
            Store(shared, thread, 2, quads.Q2);
            Store(shared, thread, 3, quads.Q3);
        }
    }

    private static void Store(ArrayView<F4> shared, int thread, int i, F4 quad)
    {
        if (TPanels.AlongK)
        {
            int lane = thread / (Depth / 4) + i * LanesApart, chunk = thread % (Depth / 4);
            ArrayView<float> to = shared.Cast<float>().SubView(4 * At(lane >> 2, chunk) + (lane & 3), 3 * TSide.Width + 1);
            to[0] = quad.X;
            to[TSide.Width] = quad.Y;
            to[2 * TSide.Width] = quad.Z;
            to[3 * TSide.Width] = quad.W;
        }
        else
        {
            int step = thread / Quads + i * StepsApart;
            shared[At(thread % Quads, step >> 2) + (step & 3) * Quads] = quad;
        }
    }
}
