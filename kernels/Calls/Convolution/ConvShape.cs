namespace SspNative.Kernels;

/// <summary>
/// A convolution of x (B,H,W,Cin) with weight (Cout,Cin/Groups,Kh,Kw), published layout, to y (B,Hout,Wout,Cout);
/// zero padding.
/// </summary>
public readonly record struct ConvShape(
    int B, int H, int W, int Cin, int Cout, int Kh, int Kw, int Stride, int Padding, int Groups)
{
    public int Hout => (H + 2 * Padding - Kh) / Stride + 1;

    public int Wout => (W + 2 * Padding - Kw) / Stride + 1;

    /// <summary>Elements of x.</summary>
    public long Inputs => (long)B * H * W * Cin;

    /// <summary>Elements of the weight.</summary>
    public long Weights => (long)Cout * (Cin / Groups) * Kh * Kw;

    /// <summary>Elements of y.</summary>
    public long Outputs => (long)B * Hout * Wout * Cout;

    /// <summary>A multiply-add for every element of y, input channel of its group and tap, those on padding included.</summary>
    public double Flops => 2.0 * Outputs * (Cin / Groups) * Kh * Kw;
}
