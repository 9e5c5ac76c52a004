namespace SspNative.Model.Pipeline;

/// <summary>A network that is loaded when it is first needed, and again after it was released.</summary>
/// <param name="weights">Where its parameters come from.</param>
/// <param name="device">Where they go.</param>
/// <param name="make">Makes it.</param>
internal sealed class LoadedNetwork<T>(IParameterSource weights, IDevice device, Func<ParameterPath, T> make)
    where T : class
{
    private ParameterStore? _store;
    private T? _network;
    private IDisposable? _passes;

    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public T Load()
    {
        if (_network is not null)
            return _network;
        var store = new ParameterStore(weights, device) { IsForInference = true };
        try
        {
            T network = make(store.Root);
            store.ThrowIfIncomplete();
            (_store, _network) = (store, network);
            return network;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Runs the network, which is loaded if it is not there; again and again as a <see cref="GraphedPass{TOutput}"/> does.</summary>
    /// <param name="pass">What is run, the same every time.</param>
    /// <param name="inputs">All that differs from run to run.</param>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public TOutput Run<TOutput>(Func<T, Tensor[], TOutput> pass, params Tensor[] inputs)
        where TOutput : class, ITensors
    {
        T network = Load();
        _passes ??= new GraphedPass<TOutput>(device, tensors => pass(network, tensors));
        return ((GraphedPass<TOutput>)_passes).Run(inputs);
    }

    /// <summary>Frees the network, unless it is to be kept.</summary>
    public void Release(bool keep)
    {
        if (keep)
            return;
        _passes?.Dispose();
        _store?.Dispose();
        (_store, _network, _passes) = (null, null, null);
    }
}
