using ILGPU.Runtime;

namespace SspNative.Kernels.Gpu;

/// <summary>An event of the driver: of CUDA, or a marker command of OpenCL.</summary>
internal sealed class GpuMark(ProfilingMarker marker) : DeviceMark
{
    private readonly ProfilingMarker _marker = marker;

    public override double SecondsSince(DeviceMark earlier)
    {
        _marker.Accelerator.Bind();
        _marker.Synchronize();
        return _marker.MeasureFrom(((GpuMark)earlier)._marker).TotalSeconds;
    }

    public override void Dispose()
    {
        _marker.Accelerator.Bind();
        _marker.Dispose();
    }
}
