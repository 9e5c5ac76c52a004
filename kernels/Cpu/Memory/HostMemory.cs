namespace SspNative.Kernels.Cpu;

/// <summary>Buffers of the processor as the plain memory that they are, for whoever moves their bytes between processes.</summary>
public static unsafe class HostMemory
{
    /// <summary>The address of a buffer's first byte, valid while the buffer lives.</summary>
    /// <exception cref="ArgumentException">The buffer is of another device.</exception>
    public static nint Address(DeviceBuffer buffer) =>
        buffer is CpuBuffer
            ? (nint)CpuBuffer.Pointer(buffer)
            : throw new ArgumentException($"a buffer of {buffer.Device.Name} has no address on the processor");
}
