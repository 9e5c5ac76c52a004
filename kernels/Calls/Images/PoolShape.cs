namespace SspNative.Kernels;

/// <summary>Pooling with a square window over x (B,H,W,C), no padding.</summary>
public readonly record struct PoolShape(int B, int H, int W, int C, int Kernel, int Stride)
{
    public int Hout => (H - Kernel) / Stride + 1;

    public int Wout => (W - Kernel) / Stride + 1;

    /// <summary>Elements of x.</summary>
    public long Inputs => (long)B * H * W * C;

    /// <summary>Elements of y.</summary>
    public long Outputs => (long)B * Hout * Wout * C;
}
