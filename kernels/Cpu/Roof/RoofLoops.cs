using System.Numerics;
using System.Runtime.Intrinsics;

namespace SspNative.Kernels.Cpu.Roof;

/// <summary>
/// Loops that do one thing only, as fast as the processor can: what the fastest possible kernel is measured against. Each runs on the calling
/// thread; a measurement over several threads gives each a part.
/// </summary>
public abstract class RoofLoops
{
    /// <summary>Floating-point operations of one round of <see cref="MultiplyAdd"/>; a multiply-add counts two.</summary>
    public abstract int FlopsPerRound { get; }

    /// <summary>The loops of an instruction set.</summary>
    /// <exception cref="PlatformNotSupportedException">This processor does not have it.</exception>
    public static RoofLoops For(CpuIsa isa)
    {
        if (!CpuDevice.IsSupported(isa))
            throw new PlatformNotSupportedException($"this processor has no {isa}");
        return isa switch
        {
            CpuIsa.Avx512 => new SimdRoofLoops<Avx512Simd, Vector512<float>>(),
            CpuIsa.Avx2 => new SimdRoofLoops<Avx2Simd, Vector256<float>>(),
            _ => new SimdRoofLoops<PortableSimd, Vector<float>>(),
        };
    }

    /// <summary>Multiply-adds on registers alone. Returns a number that depends on all of them.</summary>
    public abstract float MultiplyAdd(long rounds);

    /// <summary>a ← b + s·c over the elements from <paramref name="start"/> to <paramref name="end"/>, a multiple of 64 apart (STREAM's triad).</summary>
    public abstract void Triad(DeviceBuffer a, DeviceBuffer b, DeviceBuffer c, float s, long start, long end);

    /// <summary>
    /// Reads the elements from <paramref name="start"/> to <paramref name="end"/>, a multiple of 128 apart, again and again. Returns a sum of them.
    /// </summary>
    public abstract float Read(DeviceBuffer x, long start, long end, int times);
}
