namespace SspNative.Model.Pipeline;

/// <summary>A network that is loaded when it is first needed, and again after it was released.</summary>
/// <param name="weights">Where its parameters come from.</param>
/// <param name="device">Where they go.</param>
/// <param name="make">Makes it.</param>
internal class LoadedNetwork<T>(IParameterSource weights, IDevice device, Func<ParameterPath, T> make)
    where T : class
{
    private ParameterStore? _store;
    private T? _network;

    /// <summary>The device that the network runs on.</summary>
    protected IDevice Device => device;

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

    /// <summary>Frees the network, unless it is to be kept.</summary>
    public void Release(bool keep)
    {
        if (!keep)
            Free();
    }

    protected virtual void Free()
    {
        if (_store is null)
            return;
        _store.Dispose();
        (_store, _network) = (null, null);
        // The next network may be smaller, and would hold what this one took.
        device.EmptyCache();
    }
}
