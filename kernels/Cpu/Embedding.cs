namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void Embedding(DeviceBuffer weight, DeviceBuffer indices, DeviceBuffer y, long count, int channels) =>
        throw new NotImplementedException();

    public void EmbeddingBackward(
        DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dWeight, long count, int channels, int vocabulary, int paddingIndex) =>
        throw new NotImplementedException();

    public void Gather(DeviceBuffer x, DeviceBuffer columns, DeviceBuffer y, long rows, int columnCount) =>
        throw new NotImplementedException();

    public void GatherBackward(DeviceBuffer dy, DeviceBuffer columns, DeviceBuffer dx, long rows, int columnCount) =>
        throw new NotImplementedException();
}
