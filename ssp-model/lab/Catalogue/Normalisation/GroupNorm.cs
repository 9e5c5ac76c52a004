using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>(x − mean) / √(variance + ε) · weight + bias over all positions and the channels of a group.</summary>
    private static OpEntry GroupNorm => new("group_norm")
    {
        Method = nameof(Ops.GroupNorm),
        Cases = [GroupNormCase("GroupNorm", [2, 5, 3, 21], 3), GroupNormCase("GroupNorm@empty", [0, 5, 3, 4], 2)],
        Larger = [GroupNormCase("GroupNorm@large", [2, 37, 41, 36], 4), GroupNormCase("GroupNorm@whole vectors", [2, 4, 4, 32], 2)],
        Mistakes =
        [
            new(
                "group_norm@groups", "13 channels must divide into 2 groups", [Uniform([2, 13]), Uniform([13]), Uniform([13])],
                t => Ops.GroupNorm(t[0], t[1], t[2], 2)),
            new(
                "group_norm@no groups", "13 channels must divide into 0 groups", [Uniform([2, 13]), Uniform([13]), Uniform([13])],
                t => Ops.GroupNorm(t[0], t[1], t[2], 0)),
            new(
                "group_norm@no channels", "0 channels must divide into 1 groups", [Uniform([2, 0]), Uniform([0]), Uniform([0])],
                t => Ops.GroupNorm(t[0], t[1], t[2], 1)),
            new(
                "group_norm@rank", "0 channels must divide into 1 groups", [Uniform([13]), Uniform([13]), Uniform([13])],
                t => Ops.GroupNorm(t[0], t[1], t[2], 1)),
            new(
                "group_norm@bias", "weight and bias be (13)", [Uniform([2, 13]), Uniform([13]), Uniform([12])],
                t => Ops.GroupNorm(t[0], t[1], t[2], 1)),
        ],
        References =
        {
            ["op.group_norm"] = MapOutput((c, x) => Ops.GroupNorm(x, c.Input("weight"), c.Input("bias"), c.Int("groups", 32), c.Float("eps", 1e-5f))),
        },
    };

    private static OpCase GroupNormCase(string name, Shape shape, int groups) => new(
        name, [Uniform(shape), Positive([shape[3]]), Uniform([shape[3]])], t => Ops.GroupNorm(t[0], t[1], t[2], groups), x =>
        {
            (int b, int positions, int channels) = (shape[0], shape[1] * shape[2], shape[3] / groups);
            DoubleTensor byGroup = x[0].Reshape([b, positions, groups, channels]).Permute(0, 2, 1, 3).Reshape([b, groups, positions * channels]);
            DoubleTensor normalised = byGroup.Along(-1, line => Normalised(line, 1e-5));
            return normalised.Reshape([b, groups, positions, channels]).Permute(0, 2, 1, 3).Reshape(shape) * x[1] + x[2];
        });
}
