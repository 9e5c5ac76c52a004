using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// Brings <see cref="Depth"/> steps of an operand at a time into one half of shared memory, one thread's share of them, in the format of tensor cores: a
/// lane's steps side by side, and 16 bytes free behind them, so that eight lanes' rows meet in no bank.
/// </summary>
internal struct FragmentStage<TSide, TFormat, TPanels>
    where TSide : struct, ISide
    where TFormat : struct, IFactorFormat
    where TPanels : struct, IPanels<TPanels>
{
    /// <summary>Steps at a time.</summary>
    public const int Depth = ProductSteps.Depth;

    private TPanels _panels;
    private Lane _lane0, _lane1;
    private Step _step;
    private int _row, _at;

    /// <summary>Rows of 16 bytes of both halves.</summary>
    public static int SharedRows => 2 * HalfRows;

    /// <summary>The step from one lane's first row to the next's.</summary>
    public static int LaneRows => TFormat.Chunks + 1;

    private static int HalfRows => TSide.Width * LaneRows;

    /// <summary>Quads of a thread: one or two.</summary>
    private static int Share => TSide.Width * (Depth / 4) / TSide.Threads;

    private static int LanesApart => TSide.Threads / (Depth / 4);

    /// <summary>The first row of a lane, of the steps that begin at <paramref name="k"/>.</summary>
    public static int Row(int lane, int k) => (k & Depth) / Depth * HalfRows + lane * LaneRows;

    /// <param name="firstStep">A multiple of <see cref="Depth"/>.</param>
    public static FragmentStage<TSide, TFormat, TPanels> Begin(TPanels panels, int firstLane, int firstStep, int thread)
    {
        // Four threads beside each other have all steps of a lane, or sixteen each a step of the same four lanes.
        int lane = TPanels.AlongK ? thread >> 2 : (thread >> 4) << 2, k = TPanels.AlongK ? (thread & 3) << 2 : thread & 15;
        var stage = new FragmentStage<TSide, TFormat, TPanels>
        {
            _panels = panels,
            _lane0 = panels.Lane(firstLane + lane),
            _step = panels.Step(firstStep + k),
            _row = lane * LaneRows,
            _at = k,
        };
        if (Share > 1)
            stage._lane1 = panels.Lane(firstLane + lane + LanesApart);
        return stage;
    }

    public FragmentStage<TSide, TFormat, TPanels> Next()
    {
        FragmentStage<TSide, TFormat, TPanels> next = this;
        next._step = _panels.Advance(_step, Depth);
        return next;
    }

    public StagedQuads Load(int end)
    {
        StagedQuads quads = default;
        quads.Q0 = _panels.Load(in _lane0, in _step, end);
        if (Share > 1)
            quads.Q1 = _panels.Load(in _lane1, in _step, end);
        return quads;
    }

    /// <summary>Stores the steps from <paramref name="k"/> on, a multiple of <see cref="Depth"/>.</summary>
    public readonly void Store(ArrayView<U4> shared, int k, in StagedQuads quads)
    {
        int row = Row(0, k) + _row;
        Store(shared, row, quads.Q0);
        if (Share > 1)
            Store(shared, row + LanesApart * LaneRows, quads.Q1);
    }

    private readonly void Store(ArrayView<U4> shared, int row, F4 quad)
    {
        if (TPanels.AlongK)
        {
            TFormat.StoreFour(shared, row, _at, quad);
            return;
        }
        TFormat.StoreOne(shared, row, _at, quad.X);
        TFormat.StoreOne(shared, row + LaneRows, _at, quad.Y);
        TFormat.StoreOne(shared, row + 2 * LaneRows, _at, quad.Z);
        TFormat.StoreOne(shared, row + 3 * LaneRows, _at, quad.W);
    }
}
