using System.Numerics;
using System.Runtime.InteropServices;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;

namespace SspNative.Lab.Verification;

/// <summary>What a device's kernel gave beside the CPU's.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Calls">Calls compared.</param>
/// <param name="IsExact">Whether the bits had to be the CPU's.</param>
/// <param name="Error">The largest difference, of the largest number of its result.</param>
/// <param name="Failures">What is wrong, a line each.</param>
public sealed record ParityResult(string Kernel, int Calls, bool IsExact, double Error, IReadOnlyList<string> Failures);

/// <summary>
/// Compares a device's kernels with the CPU's, call by call: those that the catalogue of operations makes, forward and backward. Elementwise kernels have
/// the CPU's bits, others its numbers, and every kernel its own bits again.
/// </summary>
public sealed class KernelParity
{
    // Of the largest number of the result: sums have another order.
    private const double Tolerance = 1e-5;

    private const byte NaN = 0xFF;

    /// <summary>Kernels, forward and backward, that have the CPU's bits.</summary>
    internal static readonly IReadOnlySet<string> Exact = new HashSet<string>(UnaryFunction.All.Select(f => f.Name))
    {
        "add", "sub", "mul", "div", "affine", "fill", "less_than", "copy_strided", "embedding", "gather", "interpolate_nearest", "max", "max_pool2d", "adamw",
    };

    private readonly CpuDevice _cpu = CpuDevice.Default;
    private readonly ILookup<string, RecordedCall> _calls;

    /// <summary>Computes the catalogue's operations on the CPU, and keeps what their kernels read.</summary>
    public KernelParity()
    {
        var recorder = new CallRecorder(keepInputs: true);
        using (_cpu.Observe(recorder))
            OperationRuns.All(_cpu);
        // Packed weights are the processor's own form. Another device has them as they are, which other calls are.
        _calls = recorder.Calls.Where(c => c.Operands.All(o => o.DType != DType.F32Panels)).DistinctBy(CallLog.Signature).ToLookup(c => c.Name);
    }

    /// <summary>The kernels, by name.</summary>
    public static IReadOnlyCollection<string> Kernels { get; } = [.. CallCatalogue.Names.Order(StringComparer.Ordinal)];

    /// <summary>Compares a kernel.</summary>
    public ParityResult Compare(string kernel, IDevice device)
    {
        bool exact = Exact.Contains(kernel.Replace("_backward", "", StringComparison.Ordinal));
        var failures = new List<string>();
        double largest = 0;
        foreach (RecordedCall call in _calls[kernel])
        {
            IReadOnlyDictionary<string, byte[]> expected = Outputs(call, _cpu), actual = Outputs(call, device), again = Outputs(call, device);
            foreach (Operand operand in call.Operands.Where(o => o.IsWritten))
            {
                byte[] want = expected[operand.Name], got = actual[operand.Name];
                if (!got.AsSpan().SequenceEqual(again[operand.Name]))
                    failures.Add($"{CallLog.Describe(call)}: {operand.Name} differs from run to run");
                double error = (operand.DType, exact) switch
                {
                    (DType.F32, false) => Error<float>(want, got),
                    (DType.F64, _) => Error<double>(want, got),
                    _ => want.AsSpan().SequenceEqual(got) ? 0 : double.PositiveInfinity,
                };
                if (!(error <= Tolerance))
                {
                    string how = double.IsPositiveInfinity(error) ? "has other bits than the processor's" : $"is off by {error:0.0e+0} of its largest number";
                    failures.Add($"{CallLog.Describe(call)}: {operand.Name} {how}{First(operand, want, got, exact ? 0 : 1e-6)}");
                }
                largest = error > largest || double.IsNaN(error) ? error : largest;
            }
        }
        return new ParityResult(kernel, _calls[kernel].Count(), exact, largest, failures);
    }

    private static string First(Operand operand, byte[] want, byte[] got, double least)
    {
        if (operand.DType != DType.F32)
            return "";
        ReadOnlySpan<float> w = MemoryMarshal.Cast<byte, float>(want), g = MemoryMarshal.Cast<byte, float>(got);
        for (int i = 0; i < w.Length; i++)
            if (BitConverter.SingleToInt32Bits(w[i]) != BitConverter.SingleToInt32Bits(g[i]) && !(Math.Abs(w[i] - g[i]) < least))
                return $": [{i}] is {g[i]} and should be {w[i]}, of {w.Length}";
        return "";
    }

    private static double Error<T>(byte[] want, byte[] got)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> w = MemoryMarshal.Cast<byte, T>(want), g = MemoryMarshal.Cast<byte, T>(got);
        double largest = 0, error = 0;
        for (int i = 0; i < w.Length; i++)
        {
            double difference = w[i].Equals(g[i]) ? 0 : Math.Abs(double.CreateChecked(w[i]) - double.CreateChecked(g[i]));
            error = difference > error || double.IsNaN(difference) ? difference : error;
            largest = T.IsNaN(w[i]) ? largest : Math.Max(largest, Math.Abs(double.CreateChecked(w[i])));
            if (double.IsNaN(error))
                return error;
        }
        return error == 0 ? 0 : error / Math.Max(largest, 1e-30);
    }

    private static IReadOnlyDictionary<string, byte[]> Outputs(RecordedCall call, IDevice device)
    {
        using var replay = new CallReplay(call, device);
        replay.FillOutputs(NaN);
        replay.Launch();
        return replay.Outputs();
    }
}
