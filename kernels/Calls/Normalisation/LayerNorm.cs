namespace SspNative.Kernels;

/// <summary>y = (x − mean)/√(var + ε)·weight + bias over the last dimension of x (Rows,Channels).</summary>
/// <param name="Mean">(Rows), if given: kept for the backward pass, as is <paramref name="Rstd"/>.</param>
/// <param name="Rstd">(Rows): 1/√(var + ε).</param>
public readonly record struct LayerNormCall(
    DeviceBuffer X, DeviceBuffer Weight, DeviceBuffer Bias, DeviceBuffer Y, DeviceBuffer? Mean, DeviceBuffer? Rstd, long Rows,
    int Channels, float Epsilon) : IKernelCall<LayerNormCall>
{
    public static string Name => "layer_norm";

    /// <summary>Eight operations an element: one for the mean, three for the variance, four to normalise, scale and shift.</summary>
    public Cost Cost => Cost.Of(this, 8.0 * Rows * Channels);

    public LayerNormCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Rows * Channels),
        Weight = operands.Reads(Weight, Channels),
        Bias = operands.Reads(Bias, Channels),
        Y = operands.Writes(Y, Rows * Channels),
        Mean = operands.Writes(Mean, Rows),
        Rstd = operands.Writes(Rstd, Rows),
    };

    public void Run(IKernels kernels) => kernels.LayerNorm(in this);
}

/// <summary>The gradients of <see cref="LayerNormCall"/>.</summary>
public readonly record struct LayerNormBackwardCall(
    DeviceBuffer X, DeviceBuffer Weight, DeviceBuffer Mean, DeviceBuffer Rstd, DeviceBuffer Dy, DeviceBuffer Dx, DeviceBuffer DWeight,
    DeviceBuffer DBias, long Rows, int Channels) : IKernelCall<LayerNormBackwardCall>
{
    public static string Name => "layer_norm_backward";

    /// <summary>
    /// Thirteen operations an element: x̂ (2), its part of dWeight (2) and dBias (1), g = dy·weight (1), Σ g (1), Σ g·x̂ (2), dx = rstd·(g − Σg/C −
    /// x̂·Σgx̂/C) (4).
    /// </summary>
    public Cost Cost => Cost.Of(this, 13.0 * Rows * Channels);

    public LayerNormBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        X = operands.Reads(X, Rows * Channels),
        Weight = operands.Reads(Weight, Channels),
        Mean = operands.Reads(Mean, Rows),
        Rstd = operands.Reads(Rstd, Rows),
        Dy = operands.Reads(Dy, Rows * Channels),
        Dx = operands.Writes(Dx, Rows * Channels),
        DWeight = operands.Writes(DWeight, Channels),
        DBias = operands.Writes(DBias, Channels),
    };

    public void Run(IKernels kernels) => kernels.LayerNormBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="LayerNormCall"/>
    void LayerNorm(in LayerNormCall call);

    /// <inheritdoc cref="LayerNormBackwardCall"/>
    void LayerNormBackward(in LayerNormBackwardCall call);
}
