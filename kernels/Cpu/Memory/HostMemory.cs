namespace SspNative.Kernels.Cpu;

/// <summary>Buffers of the processor as the plain memory that they are, for whoever moves their bytes between processes.</summary>
public static unsafe class HostMemory
{
    /// <summary>Some bytes of a buffer as a buffer, which keeps the whole alive. What is written to one is read from the other.</summary>
    /// <param name="whole">A buffer of the processor.</param>
    /// <param name="offset">First byte: a multiple of 64.</param>
    /// <param name="bytes">How many: a multiple of 64, or all that follow.</param>
    /// <exception cref="ArgumentException">The buffer is of another device, or has no such bytes.</exception>
    public static DeviceBuffer View(DeviceBuffer whole, long offset, long bytes)
    {
        if (whole is not CpuBuffer buffer)
            throw new ArgumentException($"a buffer of {whole.Device.Name} has no views");
        if (offset < 0 || bytes < 0 || offset % 64 != 0 || offset + bytes > whole.ByteLength || (bytes % 64 != 0 && offset + bytes != whole.ByteLength))
            throw new ArgumentException($"bytes {offset} to {offset + bytes} are no view of a buffer of {whole.ByteLength}");
        return new CpuBuffer(buffer, offset, bytes);
    }

    /// <summary>The address of a buffer's first byte, valid while the buffer lives.</summary>
    /// <exception cref="ArgumentException">The buffer is of another device.</exception>
    public static nint Address(DeviceBuffer buffer) =>
        buffer is CpuBuffer ? (nint)CpuBuffer.Pointer(buffer) : throw new ArgumentException($"a buffer of {buffer.Device.Name} has no address on the processor");
}
