using ILGPU;
using ILGPU.Runtime.CPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Finds out which kernels programs launch, without a GPU.</summary>
public sealed class KernelCollector
{
    private readonly HashSet<Type> _kernels = [];

    private KernelCollector()
    {
    }

    /// <summary>The kernels that were launched.</summary>
    internal IReadOnlyCollection<Type> Kernels => _kernels;

    /// <summary>What a program launches, as on CUDA, in every precision.</summary>
    /// <param name="program">Run on a device that notes kernels and runs none. What is read from it is whatever lies in its memory.</param>
    public static KernelCollector Of(Action<IDevice> program)
    {
        var collector = new KernelCollector();
        foreach (Precision precision in Enum.GetValues<Precision>())
            collector.Collect(precision, program);
        return collector;
    }

    // The device is gone afterwards with all its memory.
    private void Collect(Precision precision, Action<IDevice> program)
    {
        using var context = Context.Create(builder => builder.CPU());
        using var device = new GpuDevice("collector", context.GetCPUDevice(0).CreateCPUAccelerator(context), precision, collected: _kernels);
        program(device);
    }
}
