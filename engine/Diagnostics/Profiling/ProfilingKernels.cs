using System.Runtime.CompilerServices;
using Buffer = SspNative.Engine.Diagnostics.ProfilingDevice.ProfiledBuffer;

namespace SspNative.Engine.Diagnostics;

/// <summary>
/// The kernels of <see cref="ProfilingDevice"/>. Each counts its cost as <see cref="CountingDevice"/> does, then runs that of the other device
/// inside a span.
/// </summary>
internal sealed partial class ProfilingKernels(IDevice inner, Profiler profiler) : IKernels, IDisposable
{
    private readonly IKernels _kernels = inner.Kernels;

    // One a thread, because a kernel's own cost is what it adds.
    private readonly ThreadLocal<CountingDevice> _cost = new(() => new CountingDevice());

    private IKernels Counting => _cost.Value!.Kernels;

    public void Dispose() => _cost.Dispose();

    /// <summary>Begins the span of a kernel, of the cost that was counted since the last one.</summary>
    /// <param name="bytes">Of its operands.</param>
    /// <param name="isOp">Whether it is an operation by itself, of which the tape is not told.</param>
    /// <param name="detail">Added to the name: what an elementwise kernel computes.</param>
    /// <param name="name">The kernel.</param>
    public Call Begin(long bytes, bool isOp = false, string? detail = null, [CallerMemberName] string name = "")
    {
        CountingDevice cost = _cost.Value!;
        double flops = cost.Flops;
        cost.Flops = 0;
        if (!profiler.IsOpen)
            return default;
        ThreadTrack track = profiler.Track();
        return new Call(inner, track, track.BeginKernel(detail is null ? name : $"{name} {detail}", flops, bytes), isOp);
    }

    private static DeviceBuffer Of(DeviceBuffer buffer) => Buffer.Inner(buffer);

    private static DeviceBuffer? OfOrNull(DeviceBuffer? buffer) => buffer is null ? null : Buffer.Inner(buffer);

    private static GemmArguments Of(in GemmArguments a) => a with
    {
        A = a.A with { Buffer = Of(a.A.Buffer) },
        B = a.B with { Buffer = Of(a.B.Buffer) },
        C = a.C with { Buffer = Of(a.C.Buffer) },
        Bias = OfOrNull(a.Bias),
        Residual = OfOrNull(a.Residual),
        PreActivation = OfOrNull(a.PreActivation),
    };

    /// <summary>The span of a kernel, which ends when the device has finished it.</summary>
    public readonly struct Call(IDevice device, ThreadTrack track, TraceEvent kernel, bool isOp) : IDisposable
    {
        public void Dispose()
        {
            if (track is null)
                return;
            device.Synchronize();
            track.EndKernel(kernel, isOp);
        }
    }

    /// <summary>
    /// The bytes that a kernel cannot but move: each operand once, whatever stays in caches or is read again because it does not.
    /// </summary>
    private static class Traffic
    {
        private const int Float = sizeof(float);

        /// <summary>Whole tensors.</summary>
        public static long Of(params ReadOnlySpan<DeviceBuffer?> operands)
        {
            long bytes = 0;
            foreach (DeviceBuffer? operand in operands)
                bytes += operand?.ByteLength ?? 0;
            return bytes;
        }

        /// <summary>Matrix products that may share operands or use parts of them.</summary>
        public static long Of(in GemmArguments a, int count)
        {
            long c = Matrix(a.C.Buffer, a.M, a.N, count), once = Matrix(a.A.Buffer, a.M, a.K, count) + Matrix(a.B.Buffer, a.K, a.N, count) + c;
            int passes = (a.Accumulate ? 1 : 0) + (a.Residual is null ? 0 : 1) + (a.PreActivation is null ? 0 : 1);
            return once + passes * c + (a.Bias?.ByteLength ?? 0);
        }

        /// <summary>A copied block, read and written.</summary>
        public static long Of(ReadOnlySpan<int> dims, int elementSize)
        {
            long count = 1;
            foreach (int dim in dims)
                count *= dim;
            return 2 * count * elementSize;
        }

        /// <summary>Rows of a table, read and written, and their indices.</summary>
        public static long OfRows(DeviceBuffer indices, long elements) => indices.ByteLength + 2 * elements * Float;

        private static long Matrix(DeviceBuffer buffer, long rows, long columns, int count) =>
            Math.Min(buffer.ByteLength, rows * columns * count * Float);
    }
}
