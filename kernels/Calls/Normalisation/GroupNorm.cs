namespace SspNative.Kernels;

/// <summary>Group normalisation of x (Batch,Positions,Channels), channels-last.</summary>
/// <param name="Mean">(Batch,Groups), for the backward pass, as is <paramref name="Rstd"/>.</param>
public readonly record struct GroupNormCall(
    DeviceBuffer X, DeviceBuffer Weight, DeviceBuffer Bias, DeviceBuffer Y, DeviceBuffer Mean, DeviceBuffer Rstd, int Batch,
    long Positions, int Channels, int Groups, float Epsilon) : IKernelCall<GroupNormCall>
{
    public static string Name => "group_norm";

    /// <summary>As <see cref="LayerNormCall"/>.</summary>
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

public partial interface IKernels
{
    /// <inheritdoc cref="GroupNormCall"/>
    void GroupNorm(in GroupNormCall call);
}
