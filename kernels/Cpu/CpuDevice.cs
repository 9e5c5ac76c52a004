using System.Numerics;
using System.Runtime.CompilerServices;
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

/// <summary>How 3×3 convolutions of stride 1 with whole vectors of channels are computed.</summary>
public enum CpuConvolution
{
    /// <summary>F(2×2, 3×3): 2.25 times fewer multiplications, and rounding errors a little larger.</summary>
    Winograd,

    /// <summary>Products over patches of the image, as all other convolutions.</summary>
    Direct,
}

/// <summary>The processor as a device: pooled, aligned native memory and one set of kernels.</summary>
public sealed class CpuDevice : IDevice
{
    /// <summary>Environment variable that forces an instruction set: <c>avx512</c>, <c>avx2</c> or <c>portable</c>.</summary>
    public const string IsaVariable = "SSP_CPU_ISA";

    /// <summary>Environment variable that forces how 3×3 convolutions are computed: <c>winograd</c> (the default) or <c>direct</c>.</summary>
    public const string ConvolutionVariable = "SSP_CPU_CONVOLUTION";

    private static readonly Lazy<CpuDevice> _default = new(() => Chosen(Precision.Fp32)), _halved = new(() => Chosen(Precision.Bf16));

    private readonly ICpuMemory _memory;
    private readonly IKernels _kernels;
    private readonly DeviceObservers _observers;

    /// <summary>A device that runs on the given instruction set; for tests. Others want <see cref="Default"/>.</summary>
    public CpuDevice(
        CpuIsa isa, CpuConvolution convolution = CpuConvolution.Winograd, CpuMemory memory = CpuMemory.Pooled, Precision precision = Precision.Fp32)
    {
        if (precision is not (Precision.Fp32 or Precision.Bf16))
            throw new ArgumentException($"the precision {precision.Name()} needs the tensor cores of a CUDA device: the processor computes in fp32 or bf16");
        if (!IsSupported(isa))
            throw new PlatformNotSupportedException($"this processor has no {isa}; it supports {string.Join(", ", SupportedIsas)}");
        (Isa, Precision) = (isa, precision);
        Identity = $"cpu {isa} {convolution}{(precision == Precision.Fp32 ? "" : $" {precision}")}".ToLowerInvariant();
        _memory = memory == CpuMemory.Pooled ? new BufferPool() : new GuardedMemory(atEnd: memory == CpuMemory.GuardedEnd);
        _observers = new DeviceObservers(this);
        (_kernels, PanelLanes) = isa switch
        {
            CpuIsa.Avx512 => Kernels<Avx512Simd, Vector512<float>>(convolution),
            CpuIsa.Avx2 => Kernels<Avx2Simd, Vector256<float>>(convolution),
            _ => Kernels<PortableSimd, Vector<float>>(convolution),
        };
    }

    /// <summary>The process's CPU device, on the best instruction set or the one forced by <c>SSP_CPU_ISA</c>.</summary>
    public static CpuDevice Default => _default.Value;

    /// <summary>The process's CPU device of a precision; <see cref="Default"/> for fp32.</summary>
    /// <exception cref="ArgumentException">The processor has no such precision.</exception>
    public static CpuDevice Of(Precision precision) => precision switch
    {
        Precision.Fp32 => Default,
        Precision.Bf16 => _halved.Value,
        _ => Chosen(precision),
    };

    public static IEnumerable<CpuIsa> SupportedIsas => Enum.GetValues<CpuIsa>().Where(IsSupported);

    public CpuIsa Isa { get; }

    public string Name => "cpu";

    public string Description =>
        $"cpu ({Isa.ToString().ToLowerInvariant()}, {CpuThreads.Count} threads{(Precision == Precision.Fp32 ? "" : $", {Precision.Name()}")})";

    public Precision Precision { get; }

    public int PanelLanes { get; }

    public string Identity { get; }

    public int LiveBuffers => _memory.LiveBuffers;

    public long LiveBytes => _memory.LiveBytes;

    public long PeakBytes => _memory.PeakBytes;

    /// <summary>Bytes of live buffers and of what is kept for reuse: at most what the system holds for them.</summary>
    public long HeldBytes => _memory.HeldBytes;

    public static bool IsSupported(CpuIsa isa) => isa switch
    {
        CpuIsa.Avx512 => Avx512F.IsSupported && Avx512DQ.IsSupported && Avx512BW.IsSupported,
        CpuIsa.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    public void Launch<TCall>(in TCall call)
        where TCall : struct, IKernelCall<TCall>
    {
        // Calls are readonly structs, which the compiler cannot see of a type argument: it would copy.
        if (_observers.IsEmpty)
            Unsafe.AsRef(in call).Run(_kernels);
        else
            _observers.Launch(in call, _kernels);
    }

    public IDisposable Observe(DeviceObserver observer) => _observers.Add(observer);

    public DeviceBuffer Allocate(long bytes)
    {
        var buffer = new CpuBuffer(this, _memory, bytes);
        _observers.MemoryChanged(bytes);
        return buffer;
    }

    public unsafe void CopyFromHost(ReadOnlySpan<byte> source, DeviceBuffer destination, long destinationByteOffset = 0)
    {
        _observers.BeforeCopy(HostCopy.FromHost, source.Length);
        source.CopyTo(new Span<byte>((byte*)CpuBuffer.Pointer(destination) + destinationByteOffset, source.Length));
        _observers.AfterCopy(HostCopy.FromHost, source.Length);
    }

    public unsafe void CopyToHost(DeviceBuffer source, Span<byte> destination, long sourceByteOffset = 0)
    {
        _observers.BeforeCopy(HostCopy.ToHost, destination.Length);
        new ReadOnlySpan<byte>((byte*)CpuBuffer.Pointer(source) + sourceByteOffset, destination.Length).CopyTo(destination);
        _observers.AfterCopy(HostCopy.ToHost, destination.Length);
    }

    public void Synchronize()
    {
    }

    public DeviceMark? Mark() => null;

    public void ResetPeak() => _memory.ResetPeak();

    public void EmptyCache() => _memory.Trim();

    /// <summary>Gives the memory that is kept for reuse back to the system. The device can be used again.</summary>
    public void Dispose() => _memory.Dispose();

    internal void Freed(long bytes) => _observers.MemoryChanged(-bytes);

    private static (IKernels Kernels, int PanelLanes) Kernels<TSimd, TVec>(CpuConvolution convolution)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct => (new CpuKernels<TSimd, TVec>(convolution), MicroKernel<TSimd, TVec>.Columns);

    private static CpuDevice Chosen(Precision precision) => new(
        Choose(IsaVariable, SupportedIsas.Max()), Choose(ConvolutionVariable, CpuConvolution.Winograd), precision: precision);

    private static T Choose<T>(string variable, T otherwise)
        where T : struct, Enum
    {
        string? forced = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(forced))
            return otherwise;
        if (!Enum.TryParse(forced, ignoreCase: true, out T chosen) || !Enum.IsDefined(chosen))
            throw new ArgumentException($"{variable}={forced}: expected {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}");
        return chosen;
    }
}
