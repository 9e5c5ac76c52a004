namespace SspNative.Engine.Serialization;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="StoredType">The element type in the file, by the format's name: <c>F32</c>, <c>BF16</c>, <c>BOOL</c>, …</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Offset">Where its bytes begin, counted from the start of the file.</param>
/// <param name="ByteLength">How many bytes it has.</param>
public sealed record SafetensorsEntry(string Name, string StoredType, Shape Shape, long Offset, long ByteLength)
{
    /// <summary>The element type of the tensor that reading it makes.</summary>
    public DType DType => SafetensorsTypes.Find(StoredType)!.Value.Memory;
}

/// <summary>The element types of the format that can be read, with their sizes and what they become in memory.</summary>
internal static class SafetensorsTypes
{
    public static (int Size, DType Memory)? Find(string storedType) => storedType switch
    {
        "F64" => (8, DType.F32),
        "F32" => (4, DType.F32),
        "F16" or "BF16" => (2, DType.F32),
        "I64" => (8, DType.I64),
        "I32" => (4, DType.I64),
        "U8" or "BOOL" => (1, DType.U8),
        _ => null,
    };
}
