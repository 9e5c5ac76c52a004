using SspNative.Peers.Libtorch.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>The parameters of one model by their published names, and how its attention is computed.</summary>
internal sealed class Weights : IDisposable
{
    private readonly Dictionary<string, Parameter> _parameters = [];

    public AttentionForm Attention { get; } = new();

    public IReadOnlyDictionary<string, Parameter> Parameters => _parameters;

    public long Count => _parameters.Values.Sum(p => p.numel());

    /// <summary>Where the names begin.</summary>
    public Path Root => new(this, "");

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values)
            parameter.Dispose();
    }

    /// <summary>A prefix of parameter names, and the modules that can be made there.</summary>
    public readonly record struct Path(Weights Owner, string Prefix)
    {
        public static Path operator /(Path path, object part) => new(path.Owner, path.Prefix.Length == 0 ? $"{part}" : $"{path.Prefix}.{part}");

        public Parameter Parameter(string name, params long[] shape) => Add(name, new Parameter(randn(shape).mul(0.02)));

        public Linear Linear(long inputs, long outputs, bool bias = true)
        {
            Linear layer = nn.Linear(inputs, outputs, bias);
            AddBoth(layer.weight!, layer.bias);
            return layer;
        }

        public LayerNorm LayerNorm(long channels, double eps = 1e-5)
        {
            LayerNorm layer = nn.LayerNorm(channels, eps);
            AddBoth(layer.weight!, layer.bias);
            return layer;
        }

        public Embedding Embedding(long count, long channels)
        {
            Embedding layer = nn.Embedding(count, channels);
            AddBoth(layer.weight!, null);
            return layer;
        }

        public GroupNorm GroupNorm(long groups, long channels)
        {
            GroupNorm layer = nn.GroupNorm(groups, channels);
            AddBoth(layer.weight!, layer.bias);
            return layer;
        }

        public Conv2d Conv2d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, bool bias = true)
        {
            Conv2d layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias: bias);
            AddBoth(layer.weight!, layer.bias);
            return layer;
        }

        private void AddBoth(Parameter weight, Parameter? bias)
        {
            Add("weight", weight);
            if (bias is not null)
                Add("bias", bias);
        }

        private Parameter Add(string name, Parameter parameter)
        {
            Owner._parameters.Add($"{Prefix}.{name}", parameter);
            return parameter;
        }
    }
}
