using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>A weight as products read it. Read back, it is what it was.</summary>
    private static OpEntry Pack => new("pack")
    {
        Method = nameof(Ops.Pack),
        Cases = [PackCase([32, 13]), PackCase([96, 64]), PackCase([5, 7]), PackCase([0, 7]), PackCase([32, 0])],
        Larger = [PackCase([288, 300])],
        Mistakes =
        [
            OpMistake.ElementType("pack", Ops.Pack),
            new("pack@rank", "the weight must be (out, in)", [Uniform([2, 32, 13]).Constant()], t => Ops.Pack(t[0])),
        ],
        WithoutGradient = "it is for weights that are no longer trained",
        WithoutReference = "no number changes",
    };

    private static OpCase PackCase(Shape shape) => new($"Pack@{shape}", [Wide(shape).Constant()], t => Ops.Pack(t[0]), x => x[0]);
}
