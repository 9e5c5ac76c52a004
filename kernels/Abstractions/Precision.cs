namespace SspNative.Kernels;

/// <summary>The numbers in which a device multiplies matrices and holds the weights of models. Activations and sums are float32 in all of them.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>Tensor cores, each factor split into two of type tf32, so that nearly all bits of float32 count. CUDA alone.</summary>
    Tf32x3,

    /// <summary>Tensor cores, factors rounded to tf32: 11 significant bits. CUDA alone.</summary>
    Tf32,

    /// <summary>
    /// Weights of linear layers and tables are held as <see cref="BFloat16"/>, 8 significant bits, in half the memory; for inference alone. The processor
    /// and OpenCL widen them as they are read. CUDA's tensor cores round the other factor too.
    /// </summary>
    Bf16,
}

/// <summary>What follows from a precision.</summary>
public static class PrecisionExtensions
{
    /// <summary>How large weights are stored.</summary>
    public static DType WeightType(this Precision precision) => precision == Precision.Bf16 ? DType.BF16 : DType.F32;

    /// <summary>The precision's name on a command line.</summary>
    public static string Name(this Precision precision) => precision.ToString().ToLowerInvariant();
}
