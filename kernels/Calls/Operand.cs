namespace SspNative.Kernels;

/// <summary>What a kernel does with an operand.</summary>
public enum OperandAccess
{
    Read,
    Write,

    /// <summary>Reads what is there and overwrites it.</summary>
    Update,
}

/// <summary>A buffer of a call.</summary>
/// <param name="Name">The call's field.</param>
/// <param name="Layout">The elements that the kernel touches.</param>
public readonly record struct Operand(string Name, DeviceBuffer Buffer, OperandAccess Access, StridedLayout Layout, DType DType)
{
    public bool IsRead => Access != OperandAccess.Write;

    public bool IsWritten => Access != OperandAccess.Read;
}
