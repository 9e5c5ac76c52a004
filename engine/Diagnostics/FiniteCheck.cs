namespace SspNative.Engine.Diagnostics;

/// <summary>Stops a run whose numbers have gone wrong, naming the stage that produced them.</summary>
public static class FiniteCheck
{
    /// <summary>Returns the tensor.</summary>
    /// <exception cref="InvalidDataException">An element is infinite or not a number.</exception>
    public static Tensor Require(Tensor tensor, string stage)
    {
        Require([(tensor, stage)]);
        return tensor;
    }

    /// <summary>Checks several tensors of one device, waiting for it once.</summary>
    /// <exception cref="InvalidDataException">An element is infinite or not a number; the first such tensor is named.</exception>
    public static void Require(params IReadOnlyList<(Tensor Tensor, string Stage)> tensors)
    {
        if (Ops.FirstNonFinite([.. tensors.Select(t => t.Tensor)]) is >= 0 and int found)
            throw new InvalidDataException(
                $"the {tensors[found].Stage} {tensors[found].Tensor.Shape} has values that are not finite: the weights do not fit the model or its input");
    }
}
