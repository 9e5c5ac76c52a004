using System.Numerics;
using System.Runtime.InteropServices;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Gpu;
using SspNative.Tests.Kernels;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>Every kernel gives what it gives on the CPU, for every call of the table of operations.</summary>
public sealed class ParityTests : GpuTest
{
    private const byte NaN = 0xFF;

    // Of the largest number of the result: sums have another order.
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Kernels => [.. CallCatalogue.Names];

    [SkippableTheory]
    [MemberData(nameof(Kernels))]
    public void ResultsAreThoseOfTheCpu(string kernel)
    {
        GpuDevice gpu = Gpu;
        bool exact = Exact.Contains(kernel.Replace("_backward", "", StringComparison.Ordinal));
        var failures = new List<string>();
        foreach (RecordedCall call in RecordedCalls.Of(kernel))
        {
            IReadOnlyDictionary<string, byte[]> expected = Outputs(call, Cpu), actual = Outputs(call, gpu), again = Outputs(call, gpu);
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
                    failures.Add($"{CallLog.Describe(call)}: {operand.Name} is off by {error:0.0e+0} of its largest number{First(operand, want, got)}");
            }
        }
        Assert.True(failures.Count == 0, $"{failures.Count} results differ\n{string.Join('\n', failures.Take(10))}");
    }

    private static readonly HashSet<string> Exact =
    [
        "add", "sub", "mul", "div", "neg", "exp", "log", "relu", "gelu", "gelu_tanh", "quick_gelu", "silu", "sigmoid", "tanh", "softplus", "sqrt",
        "affine", "fill", "less_than", "copy_strided", "embedding", "gather", "interpolate_nearest", "max", "max_pool2d",
        "adamw",
    ];

    private static string First(Operand operand, byte[] want, byte[] got)
    {
        if (operand.DType != DType.F32)
            return "";
        float[] w = FloatsOf(want), g = FloatsOf(got);
        int at = Enumerable.Range(0, w.Length).FirstOrDefault(i => BitConverter.SingleToInt32Bits(w[i]) != BitConverter.SingleToInt32Bits(g[i]) && !(Math.Abs(w[i] - g[i]) < 1e-6));
        return $": [{at}] is {g[at]} and should be {w[at]}, of {w.Length}";
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
