using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Numbers that a kernel call needs while it runs. They may be given back as soon as the last kernel that uses them was launched.</summary>
internal readonly struct GpuScratch<T>(GpuDevice device, long count) : IDisposable
    where T : unmanaged
{
    private readonly DeviceBuffer _buffer = device.Allocate(count * Unsafe.SizeOf<T>());

    public ArrayView<T> View => GpuBuffer.Bytes(_buffer).Cast<T>();

    public void CopyFromHost(ReadOnlySpan<T> numbers) => device.CopyFromHost(MemoryMarshal.AsBytes(numbers), _buffer);

    public void Dispose() => _buffer.Release();
}
