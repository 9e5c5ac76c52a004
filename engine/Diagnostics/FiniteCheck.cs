namespace SspNative.Engine.Diagnostics;

/// <summary>Stops a run whose numbers have gone wrong, naming the stage that produced them.</summary>
public static class FiniteCheck
{
    /// <exception cref="InvalidDataException">An element is infinite or not a number.</exception>
    public static Tensor Require(Tensor tensor, string stage)
    {
        if (!Ops.AllFinite(tensor))
            throw new InvalidDataException($"the {stage} {tensor.Shape} has values that are not finite: the weights do not fit the model or its input");
        return tensor;
    }
}
