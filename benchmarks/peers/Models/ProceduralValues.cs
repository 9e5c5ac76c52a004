using System.Text;

namespace SspNative.Peers.Models;

/// <summary>Values that follow from a tensor's name alone, as the engine and the reference cases make them.</summary>
internal static class ProceduralValues
{
    /// <summary>The seed of weights and inputs of the engine's model cases.</summary>
    public const ulong Seed = 1;

    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A parameter by its published name.</summary>
    public static float[] Weight(string name, long[] shape, ulong seed = Seed)
    {
        long fan = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        return shape.Length >= 2 ? Uniform(name, shape, seed, 0, (float)Math.Sqrt(3.0 / fan))
            : Uniform(name, shape, seed, name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0, 0.1f);
    }

    /// <summary>center + scale · u, u in [−1, 1).</summary>
    public static float[] Uniform(string name, long[] shape, ulong seed = Seed, float center = 0, float scale = 1)
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
            values[i] = center + scale * ((z >> 40) / 8388608f - 1f);
        }
        return values;
    }
}
