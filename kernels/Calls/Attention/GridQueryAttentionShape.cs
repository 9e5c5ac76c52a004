namespace SspNative.Kernels;

/// <summary>
/// Attention of the pixels x̂ of a grid, which are those of <see cref="GridKeyAttentionShape"/>, to k (B,Nk,Features+Positions), one head, with a bias
/// (B,Nk) of the keys, and v (B,Nk,DimV), to y (B,H·W,DimV).
/// </summary>
public readonly record struct GridQueryAttentionShape(
    int B, int H, int W, int Features, int Positions, int Nk, int DimV, float Scale, float Epsilon);
