using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Every kernel on a GPU; one partial file per family and kernel, named as on the CPU, forward and backward side by side.</summary>
internal sealed partial class GpuKernels(GpuDevice device) : IKernels
{
    private static ArrayView<float> Floats(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<float>();

    private static ArrayView<uint> Words(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<uint>();

    /// <summary>Numbers of type bf16.</summary>
    private static ArrayView<ushort> BFloat16s(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<ushort>();

    private static ArrayView<double> Doubles(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<double>();

    private static ArrayView<byte> Bytes(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer);

    private static ArrayView<long> Longs(DeviceBuffer buffer) => GpuBuffer.Bytes(buffer).Cast<long>();

    /// <summary>Groups of so many that cover a count.</summary>
    private static long Groups(long count, int each) => (count + each - 1) / each;

    /// <summary>A thread for every four elements.</summary>
    private void OverQuads<TKernel>(in TKernel kernel, long count) where TKernel : struct, IGpuKernel =>
        device.Run(in kernel, Groups(count, 4 * TKernel.GroupSize));

    /// <summary>A group of the first dimension for every row of an image, and as many of the second as the row needs.</summary>
    /// <param name="elements">Of the larger operand: places are ints.</param>
    private void OverRows<TKernel>(in TKernel kernel, long elements, long rows, long rowThreads)
        where TKernel : struct, IGpuKernel
    {
        _ = checked((int)elements);
        device.Run(in kernel, rows, (int)Groups(rowThreads, TKernel.GroupSize));
    }

    /// <summary>An operand that may be absent: then what is given must not be read.</summary>
    private DeviceBuffer OrAbsent(DeviceBuffer? buffer) => buffer ?? device.Absent;
}
