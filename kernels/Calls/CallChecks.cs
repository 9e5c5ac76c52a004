namespace SspNative.Kernels;

/// <summary>Checks of calls that come from a file.</summary>
internal static class CallChecks
{
    /// <summary>Fails unless a buffer holds all elements of a tensor, of which a call reads only some.</summary>
    /// <exception cref="ArgumentException">It is smaller.</exception>
    public static void Holds(string call, string operand, DeviceBuffer buffer, long elements, DType type = DType.F32)
    {
        long bytes = checked(elements * type.Size());
        if (buffer.ByteLength < bytes)
            throw new ArgumentException($"{call}: {operand} needs {bytes} bytes and has {buffer.ByteLength}");
    }
}
