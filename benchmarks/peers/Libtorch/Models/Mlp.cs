using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>Two linear layers with a function between them.</summary>
internal sealed class Mlp(Weights.Path first, Weights.Path second, long inputs, long hidden, Func<Tensor, Tensor> function, long? outputs = null)
{
    private readonly Linear _first = first.Linear(inputs, hidden);
    private readonly Linear _second = second.Linear(hidden, outputs ?? inputs);

    /// <summary>AAVS's bottleneck to a quarter of the channels, without its residual.</summary>
    public static Mlp Adapter(Weights.Path path, long channels) => new(path / 0, path / 2, channels, channels / 4, Relu);

    public static Tensor Relu(Tensor x) => nn.functional.relu(x);

    public static Tensor Gelu(Tensor x) => nn.functional.gelu(x);

    public Tensor Forward(Tensor x)
    {
        using Tensor hidden = _first.forward(x);
        using Tensor active = function(hidden);
        hidden.Dispose();
        return _second.forward(active);
    }
}
