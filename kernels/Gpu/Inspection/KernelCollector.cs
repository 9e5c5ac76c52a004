using ILGPU;
using ILGPU.Runtime.CPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Finds out which kernels programs launch, without a GPU.</summary>
public sealed class KernelCollector
{
    private readonly HashSet<Type> _kernels = [];

    /// <summary>The kernels that were launched so far.</summary>
    internal IReadOnlyCollection<Type> Kernels => _kernels;

    /// <summary>Runs a program on a device that notes kernels and runs none. What is read from it is whatever lies in its memory.</summary>
    /// <param name="precision">In what the device is to multiply.</param>
    /// <param name="program">Given the device, which is gone afterwards with all its memory.</param>
    public void Collect(Precision precision, Action<IDevice> program)
    {
        using var context = Context.Create(builder => builder.CPU());
        using var device = new GpuDevice("collector", context.GetCPUDevice(0).CreateCPUAccelerator(context), precision, collected: _kernels);
        program(device);
    }
}
