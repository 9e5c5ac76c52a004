using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>DETR's normalised sine embedding of a map's pixels, (1, H·W, 2·features): y's channels, then x's. Made once per size.</summary>
internal sealed class SinePosition(int features)
{
    private const double Temperature = 10000, Epsilon = 1e-6;

    private readonly Dictionary<(long, long), Tensor> _made = [];

    public Tensor Get(long height, long width)
    {
        if (_made.TryGetValue((height, width), out Tensor? position))
            return position;
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor channels = arange(features, dtype: ScalarType.Float64);
        Tensor divisors = pow(tensor(Temperature), channels.div(2).floor().mul(2.0 / features));
        Tensor even = channels.remainder(2).eq(0);
        Tensor Axis(long size)
        {
            Tensor angles = arange(1, size + 1, dtype: ScalarType.Float64).mul(2 * Math.PI / (size + Epsilon)).unsqueeze(1) / divisors;
            return where(even, angles.sin(), angles.cos()).to(ScalarType.Float32);
        }
        Tensor rows = Axis(height).unsqueeze(1).expand(height, width, features), columns = Axis(width).unsqueeze(0).expand(height, width, features);
        position = cat([rows, columns], 2).view(1, height * width, 2 * features).DetachFromDisposeScope();
        _made.Add((height, width), position);
        return position;
    }
}
