namespace SspNative.Lab.References;

/// <summary>How good an output or a gradient is, best first.</summary>
public enum JudgementLevel
{
    /// <summary>Its error is at most 3 × that of PyTorch's own float32 run, or 1e-6.</summary>
    AsGoodAsPyTorch,

    /// <summary>Its error is at most 1e-4.</summary>
    Correct,

    /// <summary>Its error is larger, or it could not be compared.</summary>
    Wrong,
}

/// <summary>
/// How far an output or a gradient is from its reference: rms(ours − reference) / max(rms(reference), 1e-4).
/// </summary>
/// <param name="Name">The output's name, or <c>grad.NAME</c>.</param>
/// <param name="Level">The verdict.</param>
/// <param name="Error">Our relative rms error; null when nothing could be compared.</param>
/// <param name="TorchError">That of PyTorch's own float32 run; null when the case does not know it.</param>
/// <param name="Reason">Why it is wrong, when the error alone does not say it.</param>
public sealed record Judgement(string Name, JudgementLevel Level, double? Error, double? TorchError, string? Reason = null)
{
    /// <summary>Above this relative rms error a result is wrong.</summary>
    public const double CorrectLimit = 1e-4;

    /// <summary>Up to this relative rms error a result is as good as PyTorch's, whatever PyTorch's is.</summary>
    public const double EqualFloor = 1e-6;

    /// <summary>How many times PyTorch's own error is as good as PyTorch.</summary>
    public const double EqualFactor = 3;

    /// <summary>The least rms that an error is divided by, so that a reference of zeros can be met.</summary>
    public const double ReferenceFloor = 1e-4;

    /// <summary>Our error as a multiple of PyTorch's; null when either is unknown or PyTorch's is zero.</summary>
    public double? Ratio => Error is { } ours && TorchError is > 0 and { } torch ? ours / torch : null;

    /// <summary>Our error as a fraction of what is as good as PyTorch, to order results; infinite with a reason.</summary>
    internal double Severity => Reason is null && Error is { } ours ? ours / EqualLimit(TorchError) : double.PositiveInfinity;

    /// <summary>A result that could not be compared, or is wrong whatever its error.</summary>
    public static Judgement Fail(string name, string reason, double? torchError = null) =>
        new(name, JudgementLevel.Wrong, null, torchError, reason);

    /// <summary>Judges floats against their reference. What is not finite where the reference is fails.</summary>
    public static Judgement Compare(string name, ReadOnlySpan<float> ours, ReadOnlySpan<float> reference, double? torchError)
    {
        double difference = 0, square = 0;
        int notFinite = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double d = (double)ours[i] - reference[i];
            difference += d * d;
            square += (double)reference[i] * reference[i];
            if (!float.IsFinite(ours[i]))
                notFinite++;
        }
        if (notFinite > 0)
            return Fail(name, $"{notFinite} of {reference.Length} compared values are NaN or infinite", torchError);
        int n = Math.Max(reference.Length, 1);
        double error = Math.Sqrt(difference / n) / Math.Max(Math.Sqrt(square / n), ReferenceFloor);
        return new Judgement(name, LevelOf(error, torchError), error, torchError);
    }

    /// <summary>Judges integers: all must be equal.</summary>
    public static Judgement Compare(string name, ReadOnlySpan<long> ours, ReadOnlySpan<long> reference)
    {
        int different = 0, first = -1;
        for (int i = reference.Length - 1; i >= 0; i--)
            if (ours[i] != reference[i])
            {
                different++;
                first = i;
            }
        return different == 0
            ? new Judgement(name, JudgementLevel.AsGoodAsPyTorch, 0, 0)
            : Fail(
                name,
                $"{different} of {reference.Length} integers differ, the first, number {first}, "
                + $"is {ours[first]} instead of {reference[first]}");
    }

    private static JudgementLevel LevelOf(double error, double? torchError) =>
        error <= EqualLimit(torchError) ? JudgementLevel.AsGoodAsPyTorch
        : error <= CorrectLimit ? JudgementLevel.Correct
        : JudgementLevel.Wrong;

    private static double EqualLimit(double? torchError) => Math.Max(EqualFactor * (torchError ?? 0), EqualFloor);
}
