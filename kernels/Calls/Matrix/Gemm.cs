namespace SspNative.Kernels;

/// <summary>C (M,N) = f(A (M,K) · B (K,N) + bias (N)) + residual (M,N), or C += A·B.</summary>
/// <param name="Accumulate">Adds to C; then nothing of the rest is given.</param>
/// <param name="Residual">In C's layout.</param>
/// <param name="PreActivation">Receives A·B + bias, in C's layout.</param>
/// <param name="BType">
/// How B's elements are stored: F32, or BF16, which is widened as it is read, or F32Panels: whole panels of a transposed matrix, each over all of K. N and
/// B's first row are then multiples of a panel's lanes. All else is F32.
/// </param>
public readonly record struct GemmCall(
    int M, int N, int K, MatrixView A, MatrixView B, MatrixView C, bool Accumulate = false, DeviceBuffer? Bias = null,
    Activation Activation = Activation.None, DeviceBuffer? Residual = null, DeviceBuffer? PreActivation = null,
    DType BType = DType.F32) : IKernelCall<GemmCall>
{
    public static string Name => "gemm";

    public Cost Cost => Cost.Of(this, Flops);

    /// <summary>K multiply-adds an element, the first onto the bias; one operation more for the activation and one for the residual.</summary>
    internal double Flops =>
        (2.0 * K + (Activation == Activation.None ? 0 : 1) + (Residual is null ? 0 : 1)) * M * N;

    // Panels fill as many rows without a gap.
    private StridedLayout LayoutOfB => BType == DType.F32Panels ? new(B.Offset, new LayoutAxis((long)N * K, 1)) : B.Layout(K, N);

    public GemmCall Over<TOperands>(ref TOperands operands) where TOperands : struct, IOperands => this with
    {
        A = A with { Buffer = operands.Reads(A.Buffer, A.Layout(M, K), name: nameof(A)) },
        B = B with { Buffer = operands.Reads(B.Buffer, LayoutOfB, BType, nameof(B)) },
        Bias = operands.Reads(Bias, N),
        Residual = operands.Reads(Residual, C.Layout(M, N)),
        C = C with
        {
            Buffer = Accumulate
                ? operands.Updates(C.Buffer, C.Layout(M, N), name: nameof(C))
                : operands.Writes(C.Buffer, C.Layout(M, N), name: nameof(C)),
        },
        PreActivation = operands.Writes(PreActivation, C.Layout(M, N)),
    };

    public void Run(IKernels kernels) => kernels.Gemm(in this);
}

public partial interface IKernels
{
    /// <inheritdoc cref="GemmCall"/>
    void Gemm(in GemmCall call);
}
