namespace SspNative.Kernels;

/// <summary>
/// Multi-scale deformable attention: value (B,S,Heads,Dim) with S = Σ H·W over the levels; locations
/// (B,Q,Heads,L,Points,2) as (x,y) in 0…1 of each level; weights (B,Q,Heads,L,Points); y (B,Q,Heads·Dim). Samples are
/// bilinear with zeros outside (align_corners false).
/// </summary>
public readonly record struct DeformableAttentionShape(int B, int Q, int Heads, int Dim, int Points, LevelSizes Levels)
{
    /// <summary>The most tokens of all levels, whose places kernels count in floats.</summary>
    public const int MostTokens = 1 << 24;

    /// <summary>Tokens of all levels.</summary>
    public int S
    {
        get
        {
            int tokens = 0;
            for (int i = 0; i < Levels.Count; i++)
                tokens += Levels[i].H * Levels[i].W;
            return tokens;
        }
    }

    /// <summary>Elements of value.</summary>
    public long Values => (long)B * S * Heads * Dim;

    /// <summary>Samples, that is elements of weights and half of those of locations.</summary>
    public long Samples => (long)B * Q * Heads * Levels.Count * Points;

    /// <summary>Elements of y.</summary>
    public long Outputs => (long)B * Q * Heads * Dim;

    /// <summary>A multiply-add for each of the four corners of a sample and channel. What a sample costs once, for all its channels, is left out.</summary>
    public double Flops => 8.0 * Samples * Dim;
}
