using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SspNative.Kernels.Cpu;

/// <summary>Instruction sets that the CPU kernels are compiled for.</summary>
public enum CpuIsa
{
    Portable,
    Avx2,
    Avx512,
}

/// <summary>The processor as a device: pooled, aligned native memory and one set of kernels.</summary>
public sealed class CpuDevice : IDevice
{
    /// <summary>Environment variable that forces an instruction set: <c>avx512</c>, <c>avx2</c> or <c>portable</c>.</summary>
    public const string IsaVariable = "SSP_CPU_ISA";

    private static readonly Lazy<CpuDevice> _default = new(() => new CpuDevice(ChooseIsa()));

    private readonly BufferPool _pool = new();

    /// <summary>A device that runs on the given instruction set; for tests. Others want <see cref="Default"/>.</summary>
    public CpuDevice(CpuIsa isa)
    {
        if (!IsSupported(isa))
            throw new PlatformNotSupportedException($"this processor has no {isa}; it supports {string.Join(", ", SupportedIsas)}");
        Isa = isa;
        Kernels = isa switch
        {
            CpuIsa.Avx512 => new CpuKernels<Avx512Simd, Vector512<float>>(),
            CpuIsa.Avx2 => new CpuKernels<Avx2Simd, Vector256<float>>(),
            _ => new CpuKernels<PortableSimd, Vector<float>>(),
        };
    }

    /// <summary>The process's CPU device, on the best instruction set or the one forced by <c>SSP_CPU_ISA</c>.</summary>
    public static CpuDevice Default => _default.Value;

    public static IEnumerable<CpuIsa> SupportedIsas => Enum.GetValues<CpuIsa>().Where(IsSupported);

    public CpuIsa Isa { get; }

    public string Name => "cpu";

    public string Description => $"cpu ({Isa.ToString().ToLowerInvariant()}, {CpuThreads.Count} threads)";

    public IKernels Kernels { get; }

    public int LiveBuffers => _pool.LiveBuffers;

    public long LiveBytes => _pool.LiveBytes;

    public long PeakBytes => _pool.PeakBytes;

    public static bool IsSupported(CpuIsa isa) => isa switch
    {
        CpuIsa.Avx512 => Avx512F.IsSupported && Avx512DQ.IsSupported && Avx512BW.IsSupported,
        CpuIsa.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    public DeviceBuffer Allocate(long bytes) => new CpuBuffer(this, _pool, bytes);

    public unsafe void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0) =>
        source.CopyTo(new Span<byte>((byte*)CpuBuffer.Pointer(destination) + destinationByteOffset, source.Length));

    public unsafe void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0) =>
        new ReadOnlySpan<byte>((byte*)CpuBuffer.Pointer(source) + sourceByteOffset, destination.Length).CopyTo(destination);

    public void Synchronize()
    {
    }

    public void ResetPeak() => _pool.ResetPeak();

    /// <summary>Gives memory that is kept for reuse back to the system.</summary>
    public void ReleaseCache() => _pool.Dispose();

    public void Dispose() => _pool.Dispose();

    private static CpuIsa ChooseIsa()
    {
        string? forced = Environment.GetEnvironmentVariable(IsaVariable);
        if (string.IsNullOrEmpty(forced))
            return SupportedIsas.Max();
        if (!Enum.TryParse(forced, ignoreCase: true, out CpuIsa isa) || !Enum.IsDefined(isa))
            throw new ArgumentException($"{IsaVariable}={forced}: expected avx512, avx2 or portable");
        return isa;
    }
}
