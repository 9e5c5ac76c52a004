namespace SspNative.Kernels;

/// <summary>Function applied by a GEMM or convolution before it stores a result.</summary>
public enum Activation
{
    None,
    Relu,
    Gelu,
    QuickGelu,
}

/// <summary>
/// A matrix inside a buffer: rows of <paramref name="Stride"/> elements from <paramref name="Offset"/> on. When
/// <paramref name="Transposed"/>, what is stored is the transpose of what the product uses.
/// </summary>
public readonly record struct MatrixView(DeviceBuffer Buffer, long Offset, int Stride, bool Transposed = false);

/// <summary>
/// C (M,N) = f(A (M,K) · B (K,N) + bias (N)) + residual (M,N), or C += A·B when <paramref name="Accumulate"/> (then without the rest).
/// The residual has C's layout. <paramref name="PreActivation"/>, if given, receives A·B + bias in C's layout.
/// </summary>
public readonly record struct GemmArguments(
    int M,
    int N,
    int K,
    MatrixView A,
    MatrixView B,
    MatrixView C,
    bool Accumulate = false,
    DeviceBuffer? Bias = null,
    Activation Activation = Activation.None,
    DeviceBuffer? Residual = null,
    DeviceBuffer? PreActivation = null);

/// <summary>
/// A convolution of x (B,H,W,Cin) with weight (Cout,Cin/groups,Kh,Kw), published layout, to y (B,Hout,Wout,Cout);
/// zero padding.
/// </summary>
public readonly record struct ConvShape(
    int B, int H, int W, int Cin, int Cout, int Kh, int Kw, int Stride, int Padding, int Groups)
{
    public int Hout => (H + 2 * Padding - Kh) / Stride + 1;

    public int Wout => (W + 2 * Padding - Kw) / Stride + 1;
}

public partial interface IKernels
{
    /// <summary>One matrix product with its epilogue.</summary>
    void Gemm(in GemmArguments arguments);

    /// <summary>
    /// The same product at many offsets: item i uses A, B and C shifted by aOffsets[i], bOffsets[i] and cOffsets[i]
    /// elements. Items that share an output (equal C offsets) are added up; their order is that of i.
    /// </summary>
    void GemmBatched(in GemmArguments arguments, ReadOnlySpan<long> aOffsets, ReadOnlySpan<long> bOffsets, ReadOnlySpan<long> cOffsets);

    /// <summary>y = f(x ∗ weight + bias).</summary>
    void Conv2d(in ConvShape shape, DeviceBuffer x, DeviceBuffer weight, DeviceBuffer? bias, DeviceBuffer y, Activation activation);

    void Conv2dBackwardInput(in ConvShape shape, DeviceBuffer dy, DeviceBuffer weight, DeviceBuffer dx);

    void Conv2dBackwardWeight(in ConvShape shape, DeviceBuffer x, DeviceBuffer dy, DeviceBuffer dWeight);
}
