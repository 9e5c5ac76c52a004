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
}

/// <summary>Sizes and names of element types.</summary>
public static class DTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.F32 => 4,
        DType.F16 or DType.BF16 => 2,
        DType.I64 or DType.F64 => 8,
        DType.U8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown element type"),
    };
}
