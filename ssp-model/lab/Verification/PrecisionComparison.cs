using SspNative.Lab.References;

namespace SspNative.Lab.Verification;

/// <summary>What a precision costs a reference case: the output that it moves furthest, beside the same in fp32.</summary>
/// <param name="Path">The case file.</param>
/// <param name="Module">The module it names; null when the file could not be read so far.</param>
/// <param name="Output">The name of the output; null when there is none to show.</param>
/// <param name="Fp32Error">Its relative rms error in fp32.</param>
/// <param name="Error">Its relative rms error in the precision.</param>
/// <param name="Matrices">Different matrices that were rounded.</param>
/// <param name="Limit">The error above which the case fails.</param>
/// <param name="Gradients">The largest error of a gradient, where gradients are not judged; else null.</param>
/// <param name="Failure">Why there is no error to compare; null when there is.</param>
public sealed record PrecisionResult(
    string Path, string? Module, string? Output, double? Fp32Error, double? Error, int Matrices, double Limit, double? Gradients, string? Failure)
{
    /// <summary>Whether the error is no larger than roundings explain.</summary>
    public bool Passed => Failure is null && Error <= Limit;
}

/// <summary>What a precision costs each of some cases, as <c>ssp verify --precision --json</c> prints it.</summary>
/// <param name="Device">Where they ran.</param>
/// <param name="Precision">In what.</param>
/// <param name="Passed">Cases within their limits.</param>
/// <param name="Failed">Others.</param>
/// <param name="Cases">All of them, in the order in which they ran.</param>
public sealed record PrecisionReport(string Device, string Precision, int Passed, int Failed, IReadOnlyList<PrecisionResult> Cases)
{
    public static PrecisionReport Of(IDevice device, IReadOnlyList<PrecisionResult> results)
    {
        int passed = results.Count(r => r.Passed);
        return new PrecisionReport(device.Description, device.Precision.Name(), passed, results.Count - passed, results);
    }

    /// <summary>The report as a text of JSON.</summary>
    public string ToJson() => LabJson.Write(this);
}

/// <summary>
/// Runs reference cases in fp32 and in another precision. A rounded factor is off by at most u of itself, 2⁻⁹ of bf16 and 2⁻¹² of tf32; a sum of many is off
/// by less than that in the root mean square, as the roundings are independent, and n matrices one after the other by u·√n. The limit is
/// <see cref="Amplification"/> times as much, for what follows a product and tells near numbers apart, or what any case may be off by in fp32, if that
/// is more. A fault of a kernel is far beyond it.
/// <para>
/// Gradients are judged too, but not of a network that compares numbers with a threshold, as AAVS does with its masks: a rounding that moves a number
/// across it changes what is attended to. With every product of the processor rounded to tf32, gradients of the tiny AAVS are off by 0.1, its outputs by
/// 0.003, and gradients of BERT and CLIP by 0.001.
/// </para>
/// </summary>
public static class PrecisionComparison
{
    /// <summary>How many times the error of roundings alone is allowed. The reference cases have at most 1.8 times as much in bf16.</summary>
    public const double Amplification = 3;

    // Larger than what it is compared with: no threshold explains that.
    private const double MostOfGradients = 1;

    /// <summary>Runs a case on a device of the precision and on one of fp32.</summary>
    public static PrecisionResult Run(string path, IDevice device, IDevice fp32)
    {
        var rounded = new RoundedMatrices();
        CaseResult ours;
        using (device.Observe(rounded))
            ours = CaseRunner.Run(path, device);
        double limit = Math.Max(Judgement.CorrectLimit, Amplification * Roundoff(device.Precision) * Math.Sqrt(rounded.Count));
        PrecisionResult Fail(string reason) => new(path, ours.Module, null, null, null, rounded.Count, limit, null, reason);
        if (ours.Failure is { } failure)
            return Fail(failure);
        if (ours.Judgements.FirstOrDefault(j => j.Error is null) is { } incomparable)
            return Fail($"{incomparable.Name}: {incomparable.Reason}");
        Judgement[] stated = rounded.Compares && Roundoff(device.Precision) > 0 ? [.. ours.Judgements.Where(IsGradient)] : [];
        if (ours.Judgements.Except(stated).MaxBy(j => j.Error) is not { } worst)
            return Fail("the case has no output");
        if (stated.FirstOrDefault(j => !(j.Error <= MostOfGradients)) is { } senseless)
            return Fail($"{senseless.Name}: error {senseless.Error:g3}");
        CaseResult theirs = CaseRunner.Run(path, fp32);
        double? fp32Error = theirs.Judgements.FirstOrDefault(j => j.Name == worst.Name)?.Error;
        return new PrecisionResult(path, ours.Module, worst.Name, fp32Error, worst.Error, rounded.Count, limit, stated.Max(j => j.Error), theirs.Failure);
    }

    private static bool IsGradient(Judgement judgement) => judgement.Name.StartsWith("grad.", StringComparison.Ordinal);

    // The most that rounding moves a number by, as a share of it.
    private static double Roundoff(Precision precision) => precision switch
    {
        Precision.Bf16 => Math.ScaleB(1, -9),
        Precision.Tf32 => Math.ScaleB(1, -12),
        _ => 0,
    };

    /// <summary>
    /// Whether numbers were compared, and the matrices that are rounded: those stored so, and on tensor cores the right factor of every product.
    /// </summary>
    private sealed class RoundedMatrices : DeviceObserver
    {
        private readonly HashSet<DeviceBuffer> _matrices = [];

        public int Count => _matrices.Count;

        /// <summary>Whether numbers were compared with a threshold.</summary>
        public bool Compares { get; private set; }

        public override void AfterLaunch<TCall>(in TCall call, IDevice device)
        {
            Compares |= call is LessThanCall;
            // Elsewhere products in bf16 widen what is stored and round nothing.
            bool roundsOne = call is GemmCall or GemmBatchedCall && device is { HasTensorCores: true, Precision: Precision.Tf32 or Precision.Bf16 };
            foreach (Operand operand in RecordedCall.Of(call).Operands)
                if (operand is { IsRead: true, DType: DType.BF16 } || (roundsOne && operand.Name == nameof(GemmCall.B)))
                    _matrices.Add(operand.Buffer);
        }
    }
}
