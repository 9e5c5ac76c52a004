using System.Text;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Verification;

/// <summary>Values that follow from a tensor's name alone, as the reference cases define them.</summary>
internal static class ProceduralWeights
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    public static Tensor Weight(string name, long[] shape, ulong seed)
    {
        using Tensor u = Uniform(name, shape, seed);
        long fan = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        return shape.Length >= 2 ? u * Math.Sqrt(3.0 / fan) : name.EndsWith(".weight", StringComparison.Ordinal) ? 1 + 0.1 * u : 0.1 * u;
    }

    /// <summary>Values in [−1, 1).</summary>
    public static Tensor Uniform(string name, long[] shape, ulong seed)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 0x100000001b3;
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = hash + seed * Golden + (ulong)(i + 1) * Golden;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (z >> 40) / 8388608f - 1f;
        }
        return tensor(values, shape);
    }
}
