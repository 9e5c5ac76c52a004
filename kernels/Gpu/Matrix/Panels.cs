namespace SspNative.Kernels.Gpu;

/// <summary>
/// One operand of a product as rows of A or columns of B, its lanes: element (lane, k) is A[lane, k] or B[k, lane]. It is loaded in quads, which lie along
/// k or along lanes, as they are neighbours in memory.
/// </summary>
internal interface IPanels<TSelf> where TSelf : struct, IPanels<TSelf>
{
    /// <summary>Quads are four values of k of one lane, else four lanes of one k.</summary>
    static abstract bool AlongK { get; }

    /// <summary>A quad is one access.</summary>
    static abstract bool InQuads { get; }

    /// <summary>The operand of an item of a batch, which lies so much further on.</summary>
    TSelf From(long offset);

    /// <summary>What is known of a lane, or of four from it on, for all k. Lanes beyond the last may give anything.</summary>
    Lane Lane(int lane);

    Step Step(int k);

    Step Advance(Step step, int by);

    /// <summary>A quad; 0 where k is not below <paramref name="end"/>.</summary>
    F4 Load(in Lane lane, in Step step, int end);
}

/// <summary>A lane, in what words its panels like.</summary>
internal struct Lane
{
    public int Offset, Left, Y, X;
}

/// <summary>A place along k, in what words its panels like.</summary>
internal struct Step
{
    // With fewer fields the compilers keep the stages of convolutions in local memory: 264 bytes a thread.
    public int K, Channel, Y, X;
}

/// <summary>A matrix of which each lane's values of k are neighbours: A as it is, or B transposed.</summary>
/// <param name="stride">From lane to lane.</param>
internal readonly struct LaneMajor<TAccess>(TAccess access, int stride, int lanes) : IPanels<LaneMajor<TAccess>>
    where TAccess : struct, IOperandView<TAccess>
{
    private readonly TAccess _access = access;
    private readonly int _stride = stride, _lanes = lanes;

    public static bool AlongK => true;

    public static bool InQuads => TAccess.InQuads;

    public LaneMajor<TAccess> From(long offset) => new(_access.From(offset), _stride, _lanes);

    public Lane Lane(int lane) => new() { Offset = lane };

    public Step Step(int k) => new() { K = k };

    public Step Advance(Step step, int by) => new() { K = step.K + by };

    public F4 Load(in Lane lane, in Step step, int end) => _access.Load(lane.Offset * _stride + step.K, (step.K < end) & (lane.Offset < _lanes), end - step.K);
}

/// <summary>A matrix of which the lanes are neighbours: A transposed, or B as it is.</summary>
/// <param name="stride">From one k to the next.</param>
internal readonly struct StepMajor<TAccess>(TAccess access, int stride, int lanes) : IPanels<StepMajor<TAccess>>
    where TAccess : struct, IOperandView<TAccess>
{
    private readonly TAccess _access = access;
    private readonly int _stride = stride, _lanes = lanes;

    public static bool AlongK => false;

    public static bool InQuads => TAccess.InQuads;

    public StepMajor<TAccess> From(long offset) => new(_access.From(offset), _stride, _lanes);

    public Lane Lane(int lane) => new() { Offset = lane < _lanes ? lane : 0, Left = lane < _lanes ? _lanes - lane : 4 };

    public Step Step(int k) => new() { K = k };

    public Step Advance(Step step, int by) => new() { K = step.K + by };

    public F4 Load(in Lane lane, in Step step, int end) => _access.Load(lane.Offset + step.K * _stride, step.K < end, lane.Left);
}
