namespace SspNative.Kernels;

/// <summary>Group normalisation of x (Batch,Positions,Channels), channels-last.</summary>
/// <param name="Mean">(Batch,Groups), for the backward pass, as is <paramref name="Rstd"/>.</param>
public readonly record struct GroupNormCall(
    DeviceBuffer X, DeviceBuffer Weight, DeviceBuffer Bias, DeviceBuffer Y, DeviceBuffer Mean, DeviceBuffer Rstd, int Batch,
    long Positions, int Channels, int Groups, float Epsilon) : IKernelCall<GroupNormCall>
{
    public static string Name => "group_norm";

    /// <summary>The cost of <see cref="LayerNormCall"/>.</summary>
    public Cost Cost => Cost.Of(this, 8.0 * Batch * Positions * Channels);

    public GroupNormCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, (long)Batch * Positions * Channels),
        Weight = operands.Reads(Weight, Channels),
        Bias = operands.Reads(Bias, Channels),
        Y = operands.Writes(Y, (long)Batch * Positions * Channels),
        Mean = operands.Writes(Mean, (long)Batch * Groups),
        Rstd = operands.Writes(Rstd, (long)Batch * Groups),
    };

    public void Run(IKernels kernels) => kernels.GroupNorm(in this);
}

/// <summary>The gradients of <see cref="GroupNormCall"/>.</summary>
public readonly record struct GroupNormBackwardCall(
    DeviceBuffer X, DeviceBuffer Weight, DeviceBuffer Mean, DeviceBuffer Rstd, DeviceBuffer Dy, DeviceBuffer Dx, DeviceBuffer DWeight,
    DeviceBuffer DBias, int Batch, long Positions, int Channels, int Groups) : IKernelCall<GroupNormBackwardCall>
{
    public static string Name => "group_norm_backward";

    /// <summary>The cost of <see cref="LayerNormBackwardCall"/>.</summary>
    public Cost Cost => Cost.Of(this, 13.0 * Batch * Positions * Channels);

    public GroupNormBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, (long)Batch * Positions * Channels),
        Weight = operands.Reads(Weight, Channels),
        Mean = operands.Reads(Mean, (long)Batch * Groups),
        Rstd = operands.Reads(Rstd, (long)Batch * Groups),
        Dy = operands.Reads(Dy, (long)Batch * Positions * Channels),
        Dx = operands.Writes(Dx, (long)Batch * Positions * Channels),
        DWeight = operands.Writes(DWeight, Channels),
        DBias = operands.Writes(DBias, Channels),
    };

    public void Run(IKernels kernels) => kernels.GroupNormBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GroupNormCall"/>
    void GroupNorm(in GroupNormCall call);

    /// <inheritdoc cref="GroupNormBackwardCall"/>
    void GroupNormBackward(in GroupNormBackwardCall call);
}
