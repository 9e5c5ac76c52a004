using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;

namespace SspNative.Cli.Measuring;

/// <summary>cuBLAS as a peer: products on the same device, by the same clock.</summary>
internal sealed class CublasPeer : IPeer
{
    private readonly GpuDevice _device;
    private readonly DeviceClock _clock;
    private readonly Cublas _library;
    private readonly Precision _precision;
    private DeviceBuffer[] _operands = [];
    private Action _multiply = () => { };

    /// <exception cref="InputException">The library is not there, or the device is none of CUDA.</exception>
    public CublasPeer(GpuDevice device, bool quick)
    {
        try
        {
            _library = new Cublas(device);
        }
        catch (NotSupportedException e)
        {
            throw new InputException(e.Message);
        }
        (_device, _clock, _precision) = (device, new DeviceClock(device, quick), Cublas.PrecisionBeside(device.Precision));
    }

    public string Description => $"cuBLAS {_library.Version} in {_precision.Name()}, of linear layers the product alone";

    public int? Threads => null;

    public string? Prepare(BenchCase work)
    {
        if (work.Pass != Pass.Forward || !KernelCases.IsProduct(work))
            return "it has matrix products alone";
        int m = work.Size("m"), n = work.Size("n"), k = work.Size("k");
        _operands = [Uniform((long)m * k), Uniform((long)n * k), Uniform((long)m * n)];
        _multiply = () => _library.Multiply(m, n, k, _operands[0], _operands[1], _operands[2]);
        return null;
    }

    public double[] Run(int count)
    {
        var seconds = new double[count];
        for (int i = 0; i < count; i++)
            seconds[i] = _clock.Time(_multiply);
        return seconds;
    }

    public long PeakBytes() => _device.PeakBytes;

    public double ProcessorSeconds() => 0;

    public IReadOnlyList<CaseOutput> Outputs() => [];

    public void Drop()
    {
        foreach (DeviceBuffer operand in _operands)
            operand.Release();
        _operands = [];
    }

    public void Dispose()
    {
        Drop();
        _clock.Dispose();
        _library.Dispose();
    }

    private DeviceBuffer Uniform(long count)
    {
        // Of equal numbers a GPU multiplies faster: it takes less power.
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, checked((int)count)).Select(_ => random.NextSingle() - 0.5f)];
        DeviceBuffer buffer = _device.Allocate(count * sizeof(float));
        if (_precision == Precision.Bf16)
            _device.CopyFromHost(MemoryMarshal.AsBytes<ushort>([.. values.Select(x => (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16))]), buffer);
        else
            _device.CopyFromHost(MemoryMarshal.AsBytes<float>(values), buffer);
        return buffer;
    }
}
