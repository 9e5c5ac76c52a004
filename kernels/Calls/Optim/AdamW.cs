namespace SspNative.Kernels;

/// <summary>
/// One AdamW step with decoupled decay: g = gradient · scale; m and v move towards g and g²; p −= lr·decay·p + lr · m̂ / (√v̂ + ε).
/// </summary>
public readonly record struct AdamWCall(
    DeviceBuffer Parameter, DeviceBuffer Gradient, DeviceBuffer M, DeviceBuffer V, long Count, AdamWStep Step) : IKernelCall<AdamWCall>
{
    public static string Name => "adamw";

    /// <summary>
    /// Fifteen operations an element: the scale and the decay, three for m, four for v, six for the step (root, two divisions, ε, lr, difference).
    /// </summary>
    public Cost Cost => Cost.Of(this, 15.0 * Count);

    public AdamWCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        Parameter = operands.Updates(Parameter, Count),
        Gradient = operands.Reads(Gradient, Count),
        M = operands.Updates(M, Count),
        V = operands.Updates(V, Count),
    };

    public void Run(IKernels kernels) => kernels.AdamW(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="AdamWCall"/>
    void AdamW(in AdamWCall call);
}
