namespace SspNative.Lab.Catalogue;

/// <summary>Computes the operations of the catalogue, forward and backward, for what watches the device.</summary>
public static class OperationRuns
{
    /// <summary>Every case of every entry, once.</summary>
    public static void All(IDevice device)
    {
        foreach (OpCase c in OpCatalogue.All.SelectMany(entry => entry.Cases.Concat(entry.Larger)))
        {
            using var scope = new TensorScope();
            using var tape = new GradientTape();
            Tensor[] inputs = c.MakeInputs(device);
            for (int i = 0; i < inputs.Length; i++)
                inputs[i].RequiresGrad = c.Inputs[i].Differentiable;
            Tensor y = c.Run(inputs);
            if (!c.IsDifferentiable)
                continue;
            using Gradients gradients = tape.Backward([(y, OpInput.Uniform(y.Shape).Make(new Random(1), device))]);
        }
    }
}
