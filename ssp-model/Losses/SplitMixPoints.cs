namespace SspNative.Model.Losses;

/// <summary>
/// Points of the splitmix64 generator. They depend on nothing but the seed and on how many were drawn before, and a run that
/// is resumed with <see cref="State"/> goes on with the points it would have drawn.
/// </summary>
public sealed class SplitMixPoints(ulong seed) : IPointSource
{
    private const ulong Stride = 0x9E3779B97F4A7C15;

    /// <summary>All there is to save and restore: seed + draws · 0x9E3779B97F4A7C15 (mod 2⁶⁴).</summary>
    public ulong State { get; set; } = seed;

    /// <summary>The state after more numbers were drawn.</summary>
    public static ulong After(ulong state, long draws) => unchecked(state + (ulong)draws * Stride);

    public void Fill(Span<float> coordinates)
    {
        for (int i = 0; i < coordinates.Length; i++)
        {
            State += Stride;
            ulong z = State;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            coordinates[i] = (z >> 40) * (1f / (1 << 24));
        }
    }
}
