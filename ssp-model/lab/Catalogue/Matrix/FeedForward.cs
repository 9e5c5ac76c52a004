using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>W₂ · f(W₁ · x + b₁) + b₂ + residual.</summary>
    private static OpEntry FeedForward => new("feed_forward")
    {
        Method = nameof(Ops.FeedForward),
        Cases =
        [
            new(
                "FeedForward@residual", [Uniform([3, 7, 13]), Uniform([21, 13]), Uniform([21]), Uniform([5, 21]), Uniform([5]), Uniform([3, 7, 5])],
                t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], t[4], t[5]),
                x => LinearOf(LinearOf(x[0], x[1], x[2], Activation.Gelu), x[3], x[4]) + x[5]),
            new(
                "FeedForward@vector", [Uniform([13]), Uniform([9, 13]), Uniform([5, 9])],
                t => Ops.FeedForward(t[0], t[1], null, Activation.Gelu, t[2], null),
                x => LinearOf(LinearOf(x[0], x[1], activation: Activation.Gelu), x[2])),
            new(
                "FeedForward@plain", [Uniform([7, 13]), Uniform([9, 13]), Uniform([5, 9])],
                t => Ops.FeedForward(t[0], t[1], null, Activation.QuickGelu, t[2], null),
                x => LinearOf(LinearOf(x[0], x[1], activation: Activation.QuickGelu), x[2])),
            new(
                "FeedForward@bf16", [Uniform([7, 13]).Constant(), BFloat16([9, 13]), Uniform([9]).Constant(), BFloat16([5, 9]), Uniform([7, 5]).Constant()],
                t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], null, t[4]),
                x => LinearOf(LinearOf(x[0], x[1], x[2], Activation.Gelu), x[3]) + x[4]),
            new(
                "FeedForward@empty", [Uniform([0, 13]), Uniform([9, 13]), Uniform([9]), Uniform([5, 9]), Uniform([5])],
                t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], t[4]),
                x => LinearOf(LinearOf(x[0], x[1], x[2], Activation.Gelu), x[3], x[4])),
        ],
        Mistakes =
        [
            FeedForwardMistake("channels", "the weights must be (hidden, in) and (out, hidden)", x: [2, 12]),
            FeedForwardMistake("hidden", "the weights must be (hidden, in) and (out, hidden)", weight2: [2, 6]),
            FeedForwardMistake("bias", "the biases must be (5) and (2)", bias1: [6]),
            FeedForwardMistake("last bias", "the biases must be (5) and (2)", bias2: [3]),
            FeedForwardMistake("residual", "the residual must be (2, 2)", residual: [2, 4]),
        ],
        WithoutReference = "linear's, one after the other; its tests hold it to the same bits",
    };

    // One of the shapes is wrong.
    private static OpMistake FeedForwardMistake(
        string name, string words, Shape? x = null, Shape? bias1 = null, Shape? weight2 = null, Shape? bias2 = null, Shape? residual = null) => new(
        $"feed_forward@{name}", words,
        [
            Uniform(x ?? [2, 13]), Uniform([5, 13]), Uniform(bias1 ?? [5]), Uniform(weight2 ?? [2, 5]), Uniform(bias2 ?? [2]), Uniform(residual ?? [2, 2]),
        ],
        t => Ops.FeedForward(t[0], t[1], t[2], Activation.Gelu, t[3], t[4], t[5]));
}
