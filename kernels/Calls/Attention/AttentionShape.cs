namespace SspNative.Kernels;

/// <summary>
/// Multi-head attention of q (B,Nq,Heads·DimQk) on k (B,Nk,Heads·DimQk) and v (B,Nk,Heads·DimV), heads being
/// consecutive channel groups, to y (B,Nq,Heads·DimV).
/// </summary>
public readonly record struct AttentionShape(int B, int Heads, int Nq, int Nk, int DimQk, int DimV, float Scale)
{
    /// <summary>Elements of q.</summary>
    public long Queries => (long)B * Nq * Heads * DimQk;

    /// <summary>Elements of k.</summary>
    public long Keys => (long)B * Nk * Heads * DimQk;

    /// <summary>Elements of v.</summary>
    public long Values => (long)B * Nk * Heads * DimV;

    /// <summary>Elements of y.</summary>
    public long Outputs => (long)B * Nq * Heads * DimV;

    /// <summary>Rows of scores: elements of the log-sum-exp.</summary>
    public long Rows => (long)B * Heads * Nq;

    /// <summary>The products q·kᵀ and p·v.</summary>
    public double Flops => 2.0 * Rows * Nk * (DimQk + DimV);

    /// <summary>Bytes of a mask.</summary>
    public long MaskBytes(AttentionMask kind) => kind switch
    {
        AttentionMask.Keys => (long)B * Nk,
        AttentionMask.Full => (long)B * Nq * Nk,
        _ => 0,
    };
}
