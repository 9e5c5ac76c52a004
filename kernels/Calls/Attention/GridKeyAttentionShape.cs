namespace SspNative.Kernels;

/// <summary>
/// Attention of q (B,Nq,Features+Positions), one head, to the pixels of a grid H×W. Key and value of the pixel in row i and column j is
/// x̂ = (x − mean)/√(variance + Epsilon) over the channels of x = [features ; rowsᵢ + columnsⱼ], with features (B,H·W,Features), rows (H,Positions)
/// and columns (W,Positions); to y (B,Nq,Features+Positions).
/// </summary>
public readonly record struct GridKeyAttentionShape(int B, int Nq, int H, int W, int Features, int Positions, float Scale, float Epsilon);
