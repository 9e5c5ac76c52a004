using ILGPU.Runtime;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// What a new buffer is filled with, and what lies behind it: bytes of 0xFF, which are NaN as floats. Looks at the latter when a buffer is freed.
/// </summary>
internal sealed class GpuGuards(AcceleratorStream stream)
{
    /// <summary>Behind each buffer.</summary>
    public const int Bytes = 1024;

    // Kernels may write up to the next multiple of this (DeviceBuffer).
    private const int Padding = 64;

    private const byte Filling = 0xFF;

    private readonly List<string> _damage = [];

    public IReadOnlyList<string> Damage => _damage;

    public void Fill(in GpuBlock block) => block.View.MemSet(stream, Filling);

    public void Check(in GpuBlock block, long bytes)
    {
        long end = (bytes + Padding - 1) / Padding * Padding;
        byte[] behind = new byte[block.Capacity - end];
        block.View.SubView(end, behind.Length).CopyToCPU(stream, behind.AsSpan());
        int first = behind.AsSpan().IndexOfAnyExcept(Filling);
        if (first >= 0)
            _damage.Add($"a kernel wrote behind a buffer of {bytes} bytes, at byte {end + first}");
    }
}
