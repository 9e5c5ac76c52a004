namespace SspNative.Model.Pipeline;

/// <summary>A network that runs the same pass again and again, as a <see cref="GraphedPass{TOutput}"/> does.</summary>
/// <param name="weights">Where its parameters come from.</param>
/// <param name="device">Where it runs.</param>
/// <param name="make">Makes it.</param>
/// <param name="pass">What every run computes. All that differs from run to run is in its inputs.</param>
internal sealed class GraphedNetwork<T, TOutput>(
    IParameterSource weights, IDevice device, Func<ParameterPath, T> make, Func<T, Tensor[], TOutput> pass) : LoadedNetwork<T>(weights, device, make)
    where T : class
    where TOutput : class, ITensors
{
    private GraphedPass<TOutput>? _pass;

    /// <summary>Runs the network, which is loaded if it is not there.</summary>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public TOutput Run(params Tensor[] inputs)
    {
        T network = Load();
        _pass ??= new GraphedPass<TOutput>(Device, x => pass(network, x));
        return _pass.Run(inputs);
    }

    protected override void Free()
    {
        _pass?.Dispose();
        _pass = null;
        base.Free();
    }
}
