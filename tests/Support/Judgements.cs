using SspNative.Lab.References;
using SspNative.Lab.Verification;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>What is asked of a reference case on a device that is not the processor with AVX-512.</summary>
internal static class Judgements
{
    /// <summary>
    /// Nothing is wrong, outputs and losses are as good as PyTorch's own float32 run, and of all that is judged at most a twentieth, gradients and what
    /// follows from them, is merely correct. Some gradients of the tiny models are small differences of large sums: there the order of the sums decides,
    /// and the processor's own kernels for AVX2 are three times further from the reference than PyTorch happens to be.
    /// </summary>
    public static void AssertOnDevice(string name, CaseResult result)
    {
        Assert.True(result.Failure is null, $"{name}: {result.Failure}");
        Assert.NotEmpty(result.Judgements);
        Assert.All(result.Judgements, j => Assert.True(
            j.Level == JudgementLevel.AsGoodAsPyTorch || j.Level == JudgementLevel.Correct && IsOfGradients(j.Name),
            $"{j.Name} is {j.Level}: error {j.Error:g3}, PyTorch's {j.TorchError:g3}. {j.Reason}"));
        Assert.InRange(result.Judgements.Count(j => j.Level == JudgementLevel.Correct), 0, result.Judgements.Count / 20);
    }

    private static bool IsOfGradients(string name) => name.StartsWith("grad.", StringComparison.Ordinal) || name.StartsWith("after.", StringComparison.Ordinal);
}
