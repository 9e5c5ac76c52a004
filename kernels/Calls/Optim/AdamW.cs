namespace SspNative.Kernels;

/// <summary>
/// One AdamW step with decoupled decay, over all parameters: g = gradient · scale; m and v move towards g and g²; p −= lr·decay·p + lr · m̂ / (√v̂ + ε).
/// </summary>
public readonly record struct AdamWCall(AdamWTensor[] Tensors, AdamWStep Step) : IKernelCall<AdamWCall>
{
    public static string Name => "adamw";

    /// <summary>
    /// Fifteen operations an element: the scale and the decay, three for m, four for v, six for the step (root, two divisions, ε, lr, difference).
    /// </summary>
    public Cost Cost => Cost.Of(this, 15.0 * Tensors.Sum(tensor => tensor.Count));

    public AdamWCall Over<TOperands>(ref TOperands operands)
        where TOperands : struct, IOperands
    {
        var tensors = new AdamWTensor[Tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            AdamWTensor old = Tensors[i];
            tensors[i] = old with
            {
                Parameter = operands.Updates(old.Parameter, old.Count, name: $"{nameof(Tensors)}[{i}].{nameof(old.Parameter)}"),
                Gradient = operands.Reads(old.Gradient, old.Count, name: $"{nameof(Tensors)}[{i}].{nameof(old.Gradient)}"),
                M = operands.Updates(old.M, old.Count, name: $"{nameof(Tensors)}[{i}].{nameof(old.M)}"),
                V = operands.Updates(old.V, old.Count, name: $"{nameof(Tensors)}[{i}].{nameof(old.V)}"),
            };
        }
        return this with { Tensors = tensors };
    }

    public void Run(IKernels kernels) => kernels.AdamW(in this);
}

/// <summary>A parameter of <see cref="AdamWCall"/>, its gradient and its moments, of so many elements each.</summary>
public readonly record struct AdamWTensor(DeviceBuffer Parameter, DeviceBuffer Gradient, DeviceBuffer M, DeviceBuffer V, long Count);

public partial interface IKernels
{
    /// <inheritdoc cref="AdamWCall"/>
    void AdamW(in AdamWCall call);
}
