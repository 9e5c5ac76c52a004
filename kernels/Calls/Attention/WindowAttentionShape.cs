namespace SspNative.Kernels;

/// <summary>
/// Swin's window attention over qkv (B,H,W,3·Heads·Dim), H and W multiples of the window: cyclic shift, partition,
/// softmax(q·kᵀ/√Dim + relative position bias, −100 between tokens that were not neighbours before the shift)·v, and the
/// inverse of shift and partition, to y (B,H,W,Heads·Dim). The bias table is ((2·Window−1)², Heads).
/// </summary>
public readonly record struct WindowAttentionShape(int B, int H, int W, int Heads, int Dim, int Window, int Shift)
{
    /// <summary>Elements of y, a third of those of qkv.</summary>
    public long Outputs => (long)B * H * W * Heads * Dim;

    /// <summary>Elements of the bias table.</summary>
    public long Biases => (2L * Window - 1) * (2 * Window - 1) * Heads;

    /// <summary>Rows of scores: elements of the log-sum-exp.</summary>
    public long Rows => (long)B * Heads * H * W;

    /// <summary>The products q·kᵀ and p·v, a window of keys for every token.</summary>
    public double Flops => 4.0 * Outputs * Window * Window;
}
