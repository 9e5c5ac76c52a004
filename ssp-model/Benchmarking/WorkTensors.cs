using SspNative.Kernels.Cpu;

namespace SspNative.Model.Benchmarking;

/// <summary>Inputs of cases: seeded, on the CPU, outliving every scope.</summary>
internal static class WorkTensors
{
    public static IDevice Device => CpuDevice.Default;

    /// <summary>Numbers in −1 … 1.</summary>
    public static Tensor Random(string name, Shape shape) => TensorScope.Unowned(NamedStream.Uniform(name, shape, 1, 0f, 1f, Device));

    /// <summary>Numbers in 0 … 1.</summary>
    public static Tensor Fractions(string name, Shape shape) =>
        TensorScope.Unowned(NamedStream.Uniform(name, shape, 1, 0.5f, 0.5f, Device));

    /// <summary>Bytes (1,queries,keys), a random half of which is 1.</summary>
    public static Tensor HalfMask(int batch, int queries, int keys)
    {
        var random = new Random(1);
        byte[] blocked = new byte[(long)batch * queries * keys];
        for (int i = 0; i < blocked.Length; i++)
            blocked[i] = (byte)random.Next(2);
        return TensorScope.Unowned(Tensor.FromArray(blocked, [batch, queries, keys], Device));
    }
}
