using ILGPU;
using ILGPU.Runtime.CPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Finds out which kernels a program launches, without a GPU: a device that notes them and runs none.</summary>
public sealed class KernelCollector : IDisposable
{
    private readonly Context _context = Context.Create(builder => builder.CPU());
    private readonly HashSet<Type> _kernels = [];

    /// <param name="precision">In what the device is to multiply.</param>
    public KernelCollector(Precision precision = Precision.Fp32) =>
        Device = new GpuDevice("collector", _context.GetCPUDevice(0).CreateCPUAccelerator(_context), precision, collected: _kernels);

    /// <summary>To be computed on. What is read from it is whatever lies in its memory.</summary>
    public GpuDevice Device { get; }

    /// <summary>The kernels that were launched so far.</summary>
    internal IReadOnlyCollection<Type> Kernels => _kernels;

    public void Dispose()
    {
        Device.Dispose();
        _context.Dispose();
    }
}
