namespace SspNative.Engine;

/// <summary>What an operation's backward function sees: the gradient of its output, and where to put those of its inputs.</summary>
public sealed class BackwardContext
{
    private readonly TapeNode _node;
    private readonly Gradients _gradients;
    private readonly TensorScope _scope;

    internal BackwardContext(TapeNode node, Tensor dy, Gradients gradients, TensorScope scope)
    {
        _node = node;
        _gradients = gradients;
        _scope = scope;
        Dy = dy;
    }

    /// <summary>dL/d(output).</summary>
    public Tensor Dy { get; }

    /// <summary>Whether the gradient of this input is wanted.</summary>
    public bool Needs(int input) => _node.Needs(input);

    /// <summary>An uninitialised gradient of the shape of an input.</summary>
    public Tensor Empty(int input) => Tensor.Empty(_node.Inputs[input]!.Shape, Dy.Device, operation: $"the gradient of {_node.Op}");

    /// <summary>Zeros for the gradient of an input.</summary>
    public Tensor Zeros(int input) => Tensor.Zeros(_node.Inputs[input]!.Shape, Dy.Device);

    /// <summary>Adds to the gradient of an input; does nothing when it is not wanted.</summary>
    public void Add(int input, Tensor gradient)
    {
        if (!Needs(input))
            return;
        Tensor target = _node.Inputs[input]!;
        if (target.Shape != gradient.Shape)
            throw new InvalidOperationException($"{_node.Op}: the gradient of input {input} is {gradient.Shape}, the input {target.Shape}");
        // The output's gradient may be handed on as it is; the tape disposes its own reference to it.
        _gradients.Add(target, ReferenceEquals(gradient, Dy) ? gradient.Alias(gradient.Shape) : gradient, _scope);
    }

    /// <summary>Hands the output's gradient to a recording that made the same output, whose gradients join those of this pass.</summary>
    internal void Continue(GradientTape tape, Tensor output) => tape.Propagate([(output, Dy)], _gradients);
}
