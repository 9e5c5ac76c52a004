using SspNative.Kernels.Operators;

namespace SspNative.Kernels;

/// <summary>
/// What a device computes. All tensors are contiguous float32 unless a parameter says otherwise; images and feature maps
/// are channels-last, (B,H,W,C). Every kernel overwrites its outputs, gradients included (the tape adds gradients that
/// meet); arguments were checked above this contract, so kernels check nothing.
/// </summary>
public partial interface IKernels
{
    /// <summary>y = f(x) over <paramref name="count"/> elements; y may be x.</summary>
    void Unary<TOp>(DeviceBuffer x, DeviceBuffer y, long count) where TOp : struct, IUnaryOperator;

    /// <summary>dx = dy · f′(x), with y = f(x); dx may be dy.</summary>
    void UnaryBackward<TOp>(DeviceBuffer x, DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long count)
        where TOp : struct, IUnaryOperator;

    /// <summary>y = f(a, b) with NumPy broadcasting to <paramref name="shape"/>; y may be an operand of the same shape.</summary>
    void Binary<TOp>(DeviceBuffer a, Shape aShape, DeviceBuffer b, Shape bShape, DeviceBuffer y, Shape shape)
        where TOp : struct, IBinaryOperator;

    /// <summary>y = x · scale + shift.</summary>
    void Affine(DeviceBuffer x, float scale, float shift, DeviceBuffer y, long count);

    /// <summary>x = value.</summary>
    void Fill(DeviceBuffer x, float value, long count);

    /// <summary>y (bytes) = 1 where x &lt; threshold, else 0.</summary>
    void LessThan(DeviceBuffer x, float threshold, DeviceBuffer y, long count);

    /// <summary>
    /// One AdamW step with decoupled decay: p −= lr·decay·p; m, v updated; p −= lr · m̂ / (√v̂ + eps), gradients scaled by
    /// <see cref="AdamWStep.GradientScale"/> first.
    /// </summary>
    void AdamW(DeviceBuffer parameter, DeviceBuffer gradient, DeviceBuffer m, DeviceBuffer v, long count, in AdamWStep step);
}

/// <summary>The scalars of one AdamW step; <paramref name="Step"/> counts from 1.</summary>
public readonly record struct AdamWStep(
    int Step, float LearningRate, float WeightDecay, float Beta1, float Beta2, float Epsilon, float GradientScale);
