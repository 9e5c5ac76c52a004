namespace SspNative.Kernels;

/// <summary>
/// Multi-head attention of q (B,Nq,Heads·DimQk) on k (B,Nk,Heads·DimQk) and v (B,Nk,Heads·DimV), heads being
/// consecutive channel groups, to y (B,Nq,Heads·DimV).
/// </summary>
public readonly record struct AttentionShape(int B, int Heads, int Nq, int Nk, int DimQk, int DimV, float Scale);

/// <summary>
/// Which keys a query may not attend to, as bytes (1 = blocked), the same for every head. A row that blocks every key
/// blocks none.
/// </summary>
public enum AttentionMask
{
    None,

    /// <summary>(B,Nk): padding.</summary>
    Keys,

    /// <summary>(B,Nq,Nk).</summary>
    Full,
}

/// <summary>
/// Swin's window attention over qkv (B,H,W,3·Heads·Dim), H and W multiples of the window: cyclic shift, partition,
/// softmax(q·kᵀ/√Dim + relative position bias, −100 between tokens that were not neighbours before the shift)·v, and the
/// inverse of shift and partition, to y (B,H,W,Heads·Dim). The bias table is ((2·Window−1)², Heads).
/// </summary>
public readonly record struct WindowAttentionShape(int B, int H, int W, int Heads, int Dim, int Window, int Shift);

/// <summary>
/// Attention of q (B,Nq,Features+Positions), one head, to the pixels of a grid H×W. Key and value of the pixel in row i and column j is
/// x̂ = (x − mean)/√(variance + Epsilon) over the channels of x = [features ; rowsᵢ + columnsⱼ], with features (B,H·W,Features), rows (H,Positions)
/// and columns (W,Positions); to y (B,Nq,Features+Positions).
/// </summary>
public readonly record struct GridAttentionShape(int B, int Nq, int H, int W, int Features, int Positions, float Scale, float Epsilon);

/// <summary>
/// Attention of the pixels x̂ of a grid, which are those of <see cref="GridAttentionShape"/>, to k (B,Nk,Features+Positions), one head, with a bias
/// (B,Nk) of the keys, and v (B,Nk,DimV), to y (B,H·W,DimV).
/// </summary>
public readonly record struct GridQueryAttentionShape(
    int B, int H, int W, int Features, int Positions, int Nk, int DimV, float Scale, float Epsilon);

/// <summary>
/// Multi-scale deformable attention: value (B,S,Heads,Dim) with S = Σ H·W over the levels; locations
/// (B,Q,Heads,L,Points,2) as (x,y) in 0…1 of each level; weights (B,Q,Heads,L,Points); y (B,Q,Heads·Dim). Samples are
/// bilinear with zeros outside (align_corners false).
/// </summary>
public sealed record DeformableAttentionShape(int B, int Q, int Heads, int Dim, int Points, IReadOnlyList<(int H, int W)> Levels)
{
    public int S => Levels.Sum(level => level.H * level.W);
}

public partial interface IKernels
{
    /// <summary>
    /// softmax(scale · q·kᵀ, mask)·v, streaming over the keys: scores exist a tile at a time.
    /// <paramref name="logSumExp"/> (B,Heads,Nq), if given, receives each row's log-sum-exp for the backward pass.
    /// </summary>
    void Attention(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind, DeviceBuffer? mask,
        DeviceBuffer y, DeviceBuffer? logSumExp);

    void AttentionBackward(
        in AttentionShape shape, DeviceBuffer q, DeviceBuffer k, DeviceBuffer v, AttentionMask maskKind, DeviceBuffer? mask,
        DeviceBuffer y, DeviceBuffer logSumExp, DeviceBuffer dy, DeviceBuffer dq, DeviceBuffer dk, DeviceBuffer dv);

    /// <summary>softmax(scale · q·x̂ᵀ)·x̂ over the pixels x̂ of a grid, none of which is ever made.</summary>
    void GridAttention(
        in GridAttentionShape shape, DeviceBuffer q, DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, DeviceBuffer y);

    /// <summary>softmax(scale · (x̂·kᵀ + bias))·v of the pixels x̂ of a grid, none of which is ever made.</summary>
    void GridQueryAttention(
        in GridQueryAttentionShape shape, DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, DeviceBuffer k, DeviceBuffer keyBias,
        DeviceBuffer v, DeviceBuffer y);

    /// <summary><paramref name="logSumExp"/>, if given, is (B,Heads,H,W) at the tokens' own positions.</summary>
    void WindowAttention(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer? logSumExp);

    void WindowAttentionBackward(
        in WindowAttentionShape shape, DeviceBuffer qkv, DeviceBuffer biasTable, DeviceBuffer y, DeviceBuffer logSumExp,
        DeviceBuffer dy, DeviceBuffer dqkv, DeviceBuffer dBiasTable);

    void DeformableAttention(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer y);

    void DeformableAttentionBackward(
        DeformableAttentionShape shape, DeviceBuffer value, DeviceBuffer locations, DeviceBuffer weights, DeviceBuffer dy,
        DeviceBuffer dValue, DeviceBuffer dLocations, DeviceBuffer dWeights);
}
