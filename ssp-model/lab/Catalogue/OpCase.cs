namespace SspNative.Lab.Catalogue;

/// <summary>A call of an operation, and the same in double precision.</summary>
/// <param name="Name">Unique; what comes before @ is the method.</param>
/// <param name="Inputs">What its tensors are made of.</param>
/// <param name="Run">The call.</param>
/// <param name="Definition">What the call must give.</param>
internal sealed record OpCase(string Name, OpInput[] Inputs, Func<Tensor[], Tensor> Run, Func<DoubleTensor[], DoubleTensor> Definition)
{
    /// <summary>Whether an input has a gradient.</summary>
    public bool IsDifferentiable => Inputs.Any(i => i.Differentiable);

    /// <summary>The inputs on a device, the same on every one, owned by the open scope.</summary>
    public Tensor[] MakeInputs(IDevice device)
    {
        var random = new Random(1);
        return [.. Inputs.Select(i => i.Make(random, device))];
    }
}
