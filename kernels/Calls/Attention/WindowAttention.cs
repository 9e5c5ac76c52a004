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

public partial interface IKernels
{
    /// <inheritdoc cref="WindowAttentionCall"/>
    void WindowAttention(in WindowAttentionCall call);
}
