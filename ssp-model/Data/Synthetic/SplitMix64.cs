namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// The generator of everything random in the synthetic data set. It is a dozen integer operations, so that a seed means the
/// same numbers on every machine and in every version of the runtime. Source: splitmix64, Steele et al., OOPSLA 2014.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>An independent stream for one part of the work: neighbouring numbers give unrelated streams.</summary>
    public static SplitMix64 Stream(ulong seed, ulong number) => new(Mix(Mix(seed + Step) ^ (number * Step)));

    /// <summary>64 fair bits.</summary>
    public ulong NextBits() => Mix(_state += Step);

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + (high - low) * Next();

    /// <summary>Uniform in 0 … count−1.</summary>
    public int Below(int count) => (int)(Next() * count);

    public bool Chance(double probability) => Next() < probability;

    public T Choose<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>The items in random order (Fisher and Yates).</summary>
    public T[] Shuffle<T>(IEnumerable<T> items)
    {
        T[] shuffled = [.. items];
        for (int i = shuffled.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (shuffled[i], shuffled[j]) = (shuffled[j], shuffled[i]);
        }
        return shuffled;
    }

    /// <summary>The finalizer: a bijection of 64 bits in which every input bit changes about half of the output.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
