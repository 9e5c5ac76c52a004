namespace SspNative.Kernels;

/// <summary>Window attention: no window, mask or bias tensor exists.</summary>
/// <param name="LogSumExp">(B,Heads,H,W) at the tokens' own positions, if given: for the backward pass.</param>
public readonly record struct WindowAttentionCall(
    WindowAttentionShape Shape, DeviceBuffer Qkv, DeviceBuffer BiasTable, DeviceBuffer Y, DeviceBuffer? LogSumExp) : IKernelCall<WindowAttentionCall>
{
    public static string Name => "window_attention";

    public Cost Cost => Cost.Of(this, Shape.Flops);

    public WindowAttentionCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Qkv = operands.Reads(Qkv, 3 * Shape.Outputs),
        BiasTable = operands.Reads(BiasTable, Shape.Biases),
        Y = operands.Writes(Y, Shape.Outputs),
        LogSumExp = operands.Writes(LogSumExp, Shape.Rows),
    };

    public void Run(IKernels kernels) => kernels.WindowAttention(in this);
}

/// <summary>The gradients of <see cref="WindowAttentionCall"/>.</summary>
public readonly record struct WindowAttentionBackwardCall(
    WindowAttentionShape Shape, DeviceBuffer Qkv, DeviceBuffer BiasTable, DeviceBuffer Y, DeviceBuffer LogSumExp, DeviceBuffer Dy,
    DeviceBuffer Dqkv, DeviceBuffer DBiasTable) : IKernelCall<WindowAttentionBackwardCall>
{
    public static string Name => "window_attention_backward";

    /// <summary>Five products, as <see cref="AttentionBackwardCall"/>.</summary>
    public Cost Cost => Cost.Of(this, 2.5 * Shape.Flops);

    public WindowAttentionBackwardCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Qkv = operands.Reads(Qkv, 3 * Shape.Outputs),
        BiasTable = operands.Reads(BiasTable, Shape.Biases),
        Y = operands.Reads(Y, Shape.Outputs),
        LogSumExp = operands.Reads(LogSumExp, Shape.Rows),
        Dy = operands.Reads(Dy, Shape.Outputs),
        Dqkv = operands.Writes(Dqkv, 3 * Shape.Outputs),
        DBiasTable = operands.Writes(DBiasTable, Shape.Biases),
    };

    public void Run(IKernels kernels) => kernels.WindowAttentionBackward(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="WindowAttentionCall"/>
    void WindowAttention(in WindowAttentionCall call);

    /// <inheritdoc cref="WindowAttentionBackwardCall"/>
    void WindowAttentionBackward(in WindowAttentionBackwardCall call);
}
