namespace SspNative.Kernels;

/// <summary>Resampling of x (B,H,W,C) to y (B,Hout,Wout,C).</summary>
public readonly record struct ResampleShape(int B, int H, int W, int C, int Hout, int Wout)
{
    /// <summary>Elements of x.</summary>
    public long Inputs => (long)B * H * W * C;

    /// <summary>Elements of y.</summary>
    public long Outputs => (long)B * Hout * Wout * C;
}
