using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Every kernel on a GPU; one partial file per family and kernel, named as on the CPU, forward and backward side by side.</summary>
internal sealed partial class GpuKernels(GpuDevice device) : IKernels
{
    private static ArrayView<float> Floats(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<float>();

    /// <summary>Quads of floats, for accesses of 16 bytes.</summary>
    private static ArrayView<F4> Quads(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<F4>();

    private static ArrayView<uint> Words(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<uint>();

    /// <summary>Numbers of type bf16.</summary>
    private static ArrayView<ushort> BFloat16s(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<ushort>();

    private static ArrayView<byte> Bytes(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer);

    private static ArrayView<long> Longs(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<long>();

    /// <summary>Groups of so many that cover a count.</summary>
    private static long Groups(long count, int each) => (count + each - 1) / each;

    /// <summary>An operand that may be absent: then what is given must not be read.</summary>
    private DeviceBuffer OrAbsent(DeviceBuffer? buffer) => buffer ?? device.Absent;
}
