using SspNative.Engine.Optim;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>√ Σ x² over all tensors together, which gradients are clipped by.</summary>
    private static OpEntry GlobalNorm => new("global_norm")
    {
        Cases = [.. new[] { 0, 1, 5, 37, 128 }.Select(GlobalNormCase)],
        Larger = [GlobalNormCase(70_003)],
        WithoutGradient = "it is of gradients",
        WithoutMistakes = "any tensors will do",
        WithoutReference = "the case of AdamW clips by it",
    };

    private static OpCase GlobalNormCase(int count) => new(
        $"GlobalNorm@{count}", [Uniform([count]).Constant(), Uniform([count]).Constant()],
        t => Tensor.FromArray([(float)GradientClipping.GlobalNorm(t)], [1], t[0].Device),
        x => new DoubleTensor([1], [Math.Sqrt(x.Sum(part => part.Values.Sum(v => v * v)))]));
}
