using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Floats that a kernel call needs while it runs. They may be given back as soon as the last kernel that uses them was launched.</summary>
internal readonly struct GpuScratch(GpuDevice device, long count) : IDisposable
{
    private readonly DeviceBuffer _buffer = device.Allocate(count * sizeof(float));

    public ArrayView<float> View => GpuBuffer.Bytes(_buffer).Cast<float>();

    public void Dispose() => _buffer.Release();
}
