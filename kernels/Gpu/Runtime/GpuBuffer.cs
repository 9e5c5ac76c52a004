using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>A block of a device's heap, or a part of one.</summary>
internal sealed class GpuBuffer : DeviceBuffer
{
    private readonly GpuDevice _device;
    private readonly GpuBlock _block;
    private bool _isFreed;

    public GpuBuffer(GpuDevice device, in GpuBlock block, long bytes)
        : base(device, bytes) => (_device, _block) = (device, block);

    private GpuBuffer(GpuBuffer whole, long offset, long bytes)
        : base(whole._device, bytes, whole)
    {
        GpuBlock block = Block(whole);
        _device = whole._device;
        _block = new GpuBlock(block.Slab, block.Offset + offset, Math.Min(block.Capacity - offset, GpuHeap.Rounded(bytes)));
    }

    /// <summary>All of it, up to what its size was rounded to.</summary>
    /// <exception cref="ObjectDisposedException">It was freed.</exception>
    public static ArrayView<byte> Bytes(DeviceBuffer buffer) => Block(buffer).View;

    /// <summary>Its address on the device.</summary>
    /// <exception cref="ObjectDisposedException">It was freed.</exception>
    public static GpuBlock Block(DeviceBuffer buffer)
    {
        var gpu = (GpuBuffer)buffer;
        ObjectDisposedException.ThrowIf(gpu._isFreed, typeof(GpuBuffer));
        return gpu._block;
    }

    protected override DeviceBuffer Part(long offset, long bytes) => new GpuBuffer(this, offset, bytes);

    protected override void Free()
    {
        _isFreed = true;
        if (!IsView)
            _device.Free(in _block, ByteLength);
    }
}
