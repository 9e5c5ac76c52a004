using System.Text.Json;
using SspNative.Engine.Serialization;
using SspNative.Model.Weights;

namespace SspNative.Lab.References;

/// <summary>
/// What the adapter of a module sees of a reference case: its settings, inputs and parameters, on a device. The context owns
/// the inputs and parameters. What the case checks a gradient of requires one.
/// </summary>
public sealed class ReferenceContext : IDisposable
{
    private readonly ReferenceCase _case;
    private readonly Dictionary<string, Tensor> _inputs = [], _weights = [];

    public ReferenceContext(ReferenceCase referenceCase, IDevice device)
    {
        _case = referenceCase;
        Device = device;
        Parameters = new ParameterStore(new CaseParameters(referenceCase), device);
    }

    public IDevice Device { get; }

    /// <summary>The seed of what is procedural.</summary>
    public ulong Seed => _case.Seed;

    /// <summary>The module's settings.</summary>
    public JsonElement Config => _case.Config;

    /// <summary>The state dict: the case's stored weights, or weights made from their names and the case's seed.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>An input, stored or procedural; the same tensor each time.</summary>
    /// <exception cref="InvalidDataException">The case has no such input.</exception>
    public Tensor Input(string name) =>
        FindInput(name) ?? throw new InvalidDataException($"{_case.Path}: there is no input {name}");

    /// <summary>An input, or null when the case has none of that name.</summary>
    public Tensor? FindInput(string name)
    {
        if (_inputs.TryGetValue(name, out Tensor? present))
            return present;
        Tensor input;
        if (_case.File.Find(ReferenceCase.InputPrefix + name) is { } stored)
            input = _case.File.Read(stored.Name, Device);
        else if (_case.ProceduralInputs.TryGetValue(name, out (Shape Shape, float Scale) made))
            input = NamedStream.Uniform(ReferenceCase.InputPrefix + name, made.Shape, _case.Seed, 0f, made.Scale, Device);
        else
            return null;
        input.RequiresGrad = _case.ExpectsGradient(name);
        _inputs.Add(name, TensorScope.Unowned(input));
        return input;
    }

    /// <summary>An input that is the matrix of a layer: stored as models' weights are on the device.</summary>
    /// <exception cref="InvalidDataException">The case has no such input.</exception>
    public Tensor Weight(string name)
    {
        if (Device.Precision.WeightType() == DType.F32)
            return Input(name);
        if (!_weights.TryGetValue(name, out Tensor? weight))
            _weights.Add(name, weight = TensorScope.Unowned(Ops.ToBFloat16(Input(name))));
        return weight;
    }

    public void Dispose()
    {
        foreach (Tensor input in _inputs.Values.Concat(_weights.Values))
            input.Dispose();
        _inputs.Clear();
        _weights.Clear();
        Parameters.Dispose();
    }

    /// <summary>The input or parameter of a name that the adapter has used, or null.</summary>
    internal Tensor? Used(string name) => _inputs.GetValueOrDefault(name) ?? Parameters.Find(name);

    /// <summary>dL/d(output), stored or procedural, or null when the case has none for this output.</summary>
    internal Tensor? FindCotangent(ExpectedTensor output)
    {
        string name = ReferenceCase.CotangentPrefix + output.Name;
        if (_case.File.Find(name) is not null)
            return _case.File.Read(name, Device);
        return _case.HasStoredCotangents || output.Floats is null
            ? null
            : NamedStream.Uniform(name, output.Shape!, _case.Seed, 0f, 1f, Device);
    }

    /// <summary>The case's weights, those with an expected gradient marked.</summary>
    private sealed class CaseParameters(ReferenceCase referenceCase) : IParameterSource
    {
        private readonly IParameterSource _inner = referenceCase.HasStoredWeights
            ? new TensorFileSource([referenceCase.File], ("", ReferenceCase.WeightPrefix))
            : new ProceduralSource(referenceCase.Seed);

        public string Description => _inner.Description;

        public string? Problem(ParameterSpec parameter) => _inner.Problem(parameter);

        public bool Has(string name) => _inner.Has(name);

        public Tensor Load(ParameterSpec spec, IDevice device)
        {
            Tensor parameter = _inner.Load(spec, device);
            parameter.RequiresGrad = referenceCase.ExpectsGradient(spec.Name);
            return parameter;
        }
    }
}
