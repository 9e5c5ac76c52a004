using System.Runtime.InteropServices;

namespace SspNative.Engine.Serialization;

/// <summary>Conversion between the element types of files and those of tensors, little-endian.</summary>
internal static class ElementConversion
{
    /// <summary>
    /// Turns stored elements into their type in memory: F64, F16, BF16, F8 → float32; I32, I16, I8, U32, U16 → I64; others stay as they are.
    /// </summary>
    public static void Decode(string storedType, ReadOnlySpan<byte> raw, Span<byte> memory)
    {
        switch (storedType)
        {
            case "F64":
                Convert<double, float>(raw, memory, static x => (float)x);
                break;
            case "F16":
                Convert<Half, float>(raw, memory, static x => (float)x);
                break;
            case "BF16":
                Convert<ushort, float>(raw, memory, BFloat16.Widen);
                break;
            case "F8_E5M2":
                Convert<byte, float>(raw, memory, static x => (float)BitConverter.UInt16BitsToHalf((ushort)(x << 8)));
                break;
            case "F8_E4M3":
                Convert<byte, float>(raw, memory, WidenE4M3);
                break;
            case "U32":
                Convert<uint, long>(raw, memory, static x => x);
                break;
            case "U16":
                Convert<ushort, long>(raw, memory, static x => x);
                break;
            case "I32":
                Convert<int, long>(raw, memory, static x => x);
                break;
            case "I16":
                Convert<short, long>(raw, memory, static x => x);
                break;
            case "I8":
                Convert<sbyte, long>(raw, memory, static x => x);
                break;
            default:
                raw.CopyTo(memory);
                break;
        }
    }

    /// <summary>Rounds floats to half precision, to nearest even; too large ones become infinite.</summary>
    public static void EncodeHalf(ReadOnlySpan<float> values, Span<Half> halves)
    {
        for (int i = 0; i < values.Length; i++)
            halves[i] = (Half)values[i];
    }

    /// <summary>Rounds floats to bfloat16 (the upper half of a float32), to nearest even; NaN stays NaN.</summary>
    public static void EncodeBrain(ReadOnlySpan<float> values, Span<ushort> brains)
    {
        for (int i = 0; i < values.Length; i++)
            brains[i] = BFloat16.Round(values[i]);
    }

    // A sign, four bits of exponent, three of fraction; no infinity, and all ones are NaN.
    private static float WidenE4M3(byte value)
    {
        int exponent = value >> 3 & 0xF, fraction = value & 7;
        float size = exponent == 0xF && fraction == 7 ? float.NaN
            : exponent == 0 ? MathF.ScaleB(fraction, -9)
            : MathF.ScaleB(8 + fraction, exponent - 10);
        return value >= 0x80 ? -size : size;
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<byte> raw, Span<byte> memory, Func<TFrom, TTo> convert)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        ReadOnlySpan<TFrom> from = MemoryMarshal.Cast<byte, TFrom>(raw);
        Span<TTo> to = MemoryMarshal.Cast<byte, TTo>(memory);
        for (int i = 0; i < from.Length; i++)
            to[i] = convert(from[i]);
    }
}
