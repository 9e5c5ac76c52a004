namespace SspNative.Kernels;

/// <summary>
/// Numbers of type bf16: the upper half of a float32, so of its range, with 8 significant bits. GPU kernels are made of this code
/// too.
/// </summary>
public static class BFloat16
{
    /// <summary>The bits of the nearest one, of two as near the even one. What is not a number stays so.</summary>
    public static ushort Round(float x)
    {
        uint bits = (uint)BitConverter.SingleToInt32Bits(x);
        // Rounding could carry a NaN's last mantissa bits into infinity, so a NaN is cut and made quiet instead.
        return (bits & 0x7FFFFFFF) > 0x7F800000
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The same number as a float32. Exact.</summary>
    public static float Widen(ushort bits) => BitConverter.Int32BitsToSingle(bits << 16);
}
