namespace SspNative.Kernels.Cpu;

/// <summary>Pooled native memory.</summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private readonly CpuDevice _device;
    private readonly ICpuMemory _memory;
    private readonly PooledBlock _block;
    private void* _pointer;

    public CpuBuffer(CpuDevice device, ICpuMemory memory, long bytes)
        : base(device, bytes)
    {
        (_device, _memory) = (device, memory);
        _block = memory.Rent(bytes);
        _pointer = _block.Pointer;
    }

    private CpuBuffer(CpuBuffer whole, long offset, long bytes)
        : base(whole.Device, bytes, whole)
    {
        (_device, _memory) = (whole._device, whole._memory);
        _pointer = (byte*)Pointer(whole) + offset;
    }

    /// <summary>The address of a CPU buffer; an error if it was freed.</summary>
    public static void* Pointer(DeviceBuffer buffer)
    {
        void* p = ((CpuBuffer)buffer)._pointer;
        return p != null
            ? p
            : throw new ObjectDisposedException(nameof(CpuBuffer), "the buffer was freed already: keep it in its TensorScope");
    }

    /// <summary>The address as floats.</summary>
    public static float* Floats(DeviceBuffer buffer) => (float*)Pointer(buffer);

    protected override DeviceBuffer Part(long offset, long bytes) => new CpuBuffer(this, offset, bytes);

    protected override void Free()
    {
        _pointer = null;
        if (IsView)
            return;
        _memory.Return(_block);
        _device.Freed(ByteLength);
    }
}
