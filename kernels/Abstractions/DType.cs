namespace SspNative.Kernels;

/// <summary>Element types. Kernels compute in <see cref="F32"/>; the others are storage (weights), indices, masks or sums.</summary>
public enum DType
{
    F32,
    F16,
    BF16,
    I64,
    U8,
    F64,

    /// <summary>
    /// A matrix (N,K) of float32 for a product's right side, as its device reads it: <see cref="IDevice.PanelLanes"/> rows side by side,
    /// [N/lanes][K][lanes]. Only that device knows the form.
    /// </summary>
    F32Panels,
}

/// <summary>Sizes and names of element types.</summary>
public static class DTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.F32 or DType.F32Panels => 4,
        DType.F16 or DType.BF16 => 2,
        DType.I64 or DType.F64 => 8,
        DType.U8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown element type"),
    };
}
