namespace SspNative.Lab.Benchmarking;

/// <summary>Inputs of cases: seeded, outliving every scope; on a <see cref="CountingDevice"/> mere shapes.</summary>
internal static class WorkTensors
{
    /// <summary>Numbers in −1 … 1.</summary>
    public static Tensor Random(string name, Shape shape, IDevice device) => Made(name, shape, 0f, 1f, device);

    /// <summary>Numbers in 0 … 1.</summary>
    public static Tensor Fractions(string name, Shape shape, IDevice device) => Made(name, shape, 0.5f, 0.5f, device);

    /// <summary>Bytes (B,queries,keys), a random half of which is 1.</summary>
    public static Tensor HalfMask(int batch, int queries, int keys, IDevice device)
    {
        if (device is CountingDevice)
            return TensorScope.Unowned(Tensor.Empty([batch, queries, keys], device, DType.U8));
        var random = new Random(1);
        byte[] blocked = new byte[(long)batch * queries * keys];
        for (int i = 0; i < blocked.Length; i++)
            blocked[i] = (byte)random.Next(2);
        return TensorScope.Unowned(Tensor.FromArray(blocked, [batch, queries, keys], device));
    }

    private static Tensor Made(string name, Shape shape, float middle, float reach, IDevice device) => TensorScope.Unowned(
        device is CountingDevice ? Tensor.Empty(shape, device) : NamedStream.Uniform(name, shape, 1, middle, reach, device));
}
