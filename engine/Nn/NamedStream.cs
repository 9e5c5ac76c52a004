using System.Text;
using SspNative.Kernels.Cpu;

namespace SspNative.Engine.Nn;

/// <summary>
/// Numbers made from a name: a tensor's elements are a splitmix64 stream that starts at the FNV-1a hash of its name. Parameters so keep their first
/// values whatever else a model has.
/// </summary>
/// <remarks>
/// Everything is computed in float32 with the scale rounded first, so the values are the same to the bit everywhere.
/// Sources: splitmix64, Steele et al., OOPSLA 2014; FNV-1a, Fowler, Noll and Vo.
/// </remarks>
public static class NamedStream
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const int Chunk = 1 << 20;
    private const int Grain = 1 << 14;

    /// <summary>The 64-bit FNV-1a hash of a name's UTF-8 bytes.</summary>
    public static ulong Fnv1a64(string name)
    {
        ulong h = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
            h = (h ^ b) * 0x100000001b3;
        return h;
    }

    /// <summary>center + scale·u, where u in [−1, 1) is the stream of the name.</summary>
    public static Tensor Uniform(string name, Shape shape, ulong seed, float center, float scale, IDevice device)
    {
        Tensor tensor = Tensor.Empty(shape, device);
        var chunk = new float[Math.Min(shape.Count, Chunk)];
        ulong start = unchecked(Fnv1a64(name) + seed * Golden);
        for (long first = 0; first < shape.Count; first += chunk.Length)
        {
            ulong state = unchecked(start + (ulong)first * Golden);
            int count = (int)Math.Min(chunk.Length, shape.Count - first);
            CpuThreads.Ranges(count, Grain, (from, to) =>
                Fill(chunk.AsSpan((int)from, (int)(to - from)), unchecked(state + (ulong)from * Golden), center, scale));
            tensor.CopyFrom(chunk.AsSpan(0, count), first);
        }
        return tensor;
    }

    /// <summary>
    /// deviation·n, where n is normal: √(−2·ln r)·cos(2π·a) of r in (0, 1] and a in [0, 1), which are the streams of <c>NAME.radius</c> and
    /// <c>NAME.angle</c> (Box and Muller 1958).
    /// </summary>
    public static Tensor Normal(string name, Shape shape, ulong seed, double deviation, IDevice device)
    {
        float[] radius = Stream($"{name}.radius", seed, shape.Count), angle = Stream($"{name}.angle", seed, shape.Count);
        float[] values = new float[radius.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - (radius[i] + 1.0) / 2)) * Math.Cos(Math.PI * (angle[i] + 1.0)));
        return Tensor.FromArray(values, shape, device);
    }

    private static float[] Stream(string name, ulong seed, long count)
    {
        float[] values = new float[count];
        Fill(values, unchecked(Fnv1a64(name) + seed * Golden), 0f, 1f);
        return values;
    }

    // The elements after a state: each step adds the golden ratio's bits and mixes them.
    private static void Fill(Span<float> destination, ulong state, float center, float scale)
    {
        const float Unit = 1f / (1 << 23);
        for (int i = 0; i < destination.Length; i++)
        {
            state = unchecked(state + Golden);
            ulong z = state;
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
            z ^= z >> 31;
            float u = (int)(z >> 40) * Unit - 1f;
            destination[i] = center + scale * u;
        }
    }
}
