namespace SspNative.Engine;

/// <summary>
/// Trades time for memory in training (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): a segment of a model keeps its inputs
/// alone, and the backward pass runs it once more to have its activations back. Of n equal layers in a row a recording then holds n inputs and
/// the activations of one layer instead of those of n, for one more forward pass.
/// </summary>
/// <remarks>
/// The second run meets the same inputs and parameters, and its gradients are added where and in the order in which those of an ordinary
/// recording are, so all gradients are the same bits. A segment must give the same result whenever it runs.
/// </remarks>
/// <example><code>
/// x = ActivationCheckpoint.Run(inputs => block.Forward(inputs[0]), x);
/// </code></example>
public static class ActivationCheckpoint
{
    /// <summary>Runs a segment; where a tape is open it notes only what is needed to run it again.</summary>
    /// <param name="segment">
    /// A function of its inputs and of parameters, which the caller keeps alive until the backward pass. Parameters that require a gradient get
    /// theirs, whether or not an input does.
    /// </param>
    /// <param name="inputs">All tensors that were computed for the segment, those without a gradient too.</param>
    public static Tensor Run(Func<Tensor[], Tensor> segment, params Tensor[] inputs)
    {
        if (!GradientTape.IsOpen)
            return segment(inputs);
        using var scope = new TensorScope();
        Tensor output;
        IReadOnlyCollection<Tensor> leaves;
        using (var marking = GradientTape.Marking())
        {
            output = segment(inputs);
            leaves = marking.LeavesSeen;
        }
        return scope.Keep(GradientTape.RecordSegment("checkpoint", output, inputs, leaves, g =>
        {
            using var tape = new GradientTape();
            g.Continue(tape, segment(inputs));
        }));
    }

    /// <summary>
    /// A layer of a model that is worth a checkpoint: <see cref="Run"/> where the open tape checkpoints layers, else the layer as it is.
    /// </summary>
    public static Tensor Layer(Func<Tensor[], Tensor> layer, params Tensor[] inputs) =>
        GradientTape.IsCheckpointingLayers ? Run(layer, inputs) : layer(inputs);
}
