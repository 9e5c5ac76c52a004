using SspNative.Engine.Nn;

namespace SspNative.Engine.Optim;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019): p ← p·(1 − lr·decay); m, v are running means of g and g²; p ← p − lr·m̂/(√v̂ + ε), the hats correcting the
/// means' start from zero. PyTorch's <c>torch.optim.AdamW</c> number for number, where every parameter has a gradient in every step. Steps are counted
/// once for all parameters here, so that the moments of one that a later step reaches first are corrected less than PyTorch's, which counts for each.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly Dictionary<string, (Tensor M, Tensor V)> _moments = [];

    public float LearningRate { get; set; } = 1e-3f;

    /// <summary>Mask2Former's unless another is given; PyTorch's default is 0.01.</summary>
    public float WeightDecay { get; init; } = 0.05f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Steps taken so far.</summary>
    public int Step { get; private set; }

    /// <summary>Moments by parameter name, for checkpoints.</summary>
    public IReadOnlyDictionary<string, (Tensor M, Tensor V)> Moments => _moments;

    /// <summary>
    /// One step over named parameters of a device and their gradients, by one call. <paramref name="gradientScale"/> multiplies every gradient first; it is how
    /// <see cref="GradientClipping"/> clips without another pass.
    /// </summary>
    /// <exception cref="ArgumentException">A parameter, its gradient and its moments differ in shape, type or device, or a name comes twice.</exception>
    public void Update(IEnumerable<(string Name, Tensor Parameter, Tensor Gradient)> parameters, float gradientScale = 1f)
    {
        (string Name, Tensor Parameter, Tensor Gradient)[] all = [.. parameters];
        var names = new HashSet<string>();
        foreach ((string name, Tensor parameter, Tensor gradient) in all)
        {
            (Tensor? m, Tensor? v) = _moments.GetValueOrDefault(name);
            OpChecks.SameDevice("adamw", DType.F32, parameter, gradient, m, v);
            OpChecks.That(parameter.Shape == gradient.Shape, "adamw", $"{name}: parameter and gradient differ in shape", parameter, gradient);
            OpChecks.That(
                m is null || (m.Shape == parameter.Shape && v!.Shape == parameter.Shape),
                "adamw", $"{name}: the moments are of another shape", parameter, m, v);
            OpChecks.That(names.Add(name), "adamw", $"{name}: two parameters have this name", parameter);
        }
        Step++;
        if (all.Length == 0)
            return;
        AdamWTensor[] tensors = [.. all.Select(p => TensorOf(p.Name, p.Parameter, p.Gradient))];
        all[0].Parameter.Device.Launch(
            new AdamWCall(tensors, new AdamWStep(Step, LearningRate, WeightDecay, Beta1, Beta2, Epsilon, gradientScale)));
    }

    /// <summary>One step over the parameters of a model that require a gradient. Those that none reached stay as they are.</summary>
    public void Update(ParameterStore parameters, Gradients gradients, float gradientScale = 1f) =>
        Update(
            parameters.Trainable.Where(p => gradients.Find(p.Parameter) is not null).Select(p => (p.Name, p.Parameter, gradients[p.Parameter])),
            gradientScale);

    /// <summary>Continues from a checkpoint. Takes ownership of the moments.</summary>
    public void Restore(int step, IEnumerable<(string Name, Tensor M, Tensor V)> moments)
    {
        Dispose();
        Step = step;
        foreach ((string name, Tensor m, Tensor v) in moments)
            _moments.Add(name, (TensorScope.Unowned(m), TensorScope.Unowned(v)));
    }

    public void Dispose()
    {
        foreach ((Tensor m, Tensor v) in _moments.Values)
        {
            m.Dispose();
            v.Dispose();
        }
        _moments.Clear();
    }

    private AdamWTensor TensorOf(string name, Tensor parameter, Tensor gradient)
    {
        if (!_moments.TryGetValue(name, out (Tensor M, Tensor V) moments))
        {
            moments = (
                TensorScope.Unowned(Tensor.Zeros(parameter.Shape, parameter.Device)),
                TensorScope.Unowned(Tensor.Zeros(parameter.Shape, parameter.Device)));
            _moments.Add(name, moments);
        }
        return new AdamWTensor(parameter.Buffer, gradient.Buffer, moments.M.Buffer, moments.V.Buffer, parameter.Count);
    }
}
