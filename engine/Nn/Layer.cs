using SspNative.Engine.Diagnostics;

namespace SspNative.Engine.Nn;

/// <summary>
/// A part of a model that is made of several operations. <see cref="Compute"/> says what it computes; around it, <see cref="Forward"/> opens the part's
/// span in a profile and a scope, which frees all that was made on the way. The result belongs to the caller's scope.
/// </summary>
/// <param name="module">Its name in a profile; null where the part around it is enough.</param>
/// <typeparam name="TInput">A tensor, or a record struct whose documentation gives the shapes of several.</typeparam>
/// <typeparam name="TOutput">A tensor, or a record that says its tensors.</typeparam>
/// <example><code>
/// public sealed class Classifier(ParameterPath path) : Layer("classifier")
/// {
///     private readonly Linear _hidden = new(path / "hidden", 2, 32), _out = new(path / "out", 32, 2);
///
///     protected override Tensor Compute(Tensor x) => _out.Forward(_hidden.Forward(x, Activation.Relu));
/// }
/// </code></example>
public abstract class Layer<TInput, TOutput>(string? module = null) where TOutput : ITensors
{
    public TOutput Forward(TInput input)
    {
        using ProfilerSpan span = module is null ? default : Profiler.Module(module);
        using var scope = new TensorScope();
        TOutput output = Compute(input);
        scope.Keep(output);
        return output;
    }

    /// <summary>The computation. What it makes and does not return is freed.</summary>
    protected abstract TOutput Compute(TInput input);
}

/// <summary>A layer with one tensor as its result.</summary>
public abstract class Layer<TInput>(string? module = null) : Layer<TInput, Tensor>(module);

/// <summary>A layer from one tensor to one tensor.</summary>
public abstract class Layer(string? module = null) : Layer<Tensor>(module);
