using FsCheck.Xunit;
using SspNative.Model.MaskFusion;

namespace SspNative.Tests.MaskFusion;

/// <summary>What equation (2) and M_Post promise for every pair of binary masks.</summary>
[Properties(Arbitrary = [typeof(MaskFusionGenerators)])]
public class FusedMasksProperties
{
    [Property]
    public bool PreMaskIsSymmetric(MaskPair m) => Pre(m.Optical, m.Truth).SequenceEqual(Pre(m.Truth, m.Optical));

    [Property]
    public bool PostMaskIsSymmetric(MaskPair m) => Post(m.Optical, m.Truth).SequenceEqual(Post(m.Truth, m.Optical));

    [Property]
    public bool EqualMasksAreTheirOwnFusion(MaskPair m) =>
        Pre(m.Optical, m.Optical).SequenceEqual(m.Optical) && Post(m.Optical, m.Optical).SequenceEqual(m.Optical);

    [Property]
    public bool PreMaskHasThreeValues(MaskPair m) => Pre(m.Optical, m.Truth).All(v => v is 0 or 0.5f or 1);

    [Property]
    public bool PostMaskIsWherePreMaskIsOne(MaskPair m) =>
        Post(m.Optical, m.Truth).SequenceEqual(Pre(m.Optical, m.Truth).Select(v => v == 1 ? 1f : 0f));

    [Property]
    public bool PostMaskLiesInBothMasks(MaskPair m) =>
        Post(m.Optical, m.Truth).Zip(m.Optical, m.Truth).All(p => p.First <= p.Second && p.First <= p.Third);

    [Property]
    public bool OneHalfIsTheSymmetricDifference(MaskPair m) =>
        Pre(m.Optical, m.Truth).Zip(m.Optical, m.Truth).All(p => (p.First == 0.5f) == (p.Second != p.Third));

    [Property]
    public bool GrowingAMaskNeverLowersTheFusion(MaskPair m, MaskPair growth)
    {
        float[] grown = [.. m.Optical.Select((v, i) => Math.Max(v, growth.Optical[i % growth.Optical.Length]))];
        return NoneLower(Pre(m.Optical, m.Truth), Pre(grown, m.Truth))
            && NoneLower(Post(m.Optical, m.Truth), Post(grown, m.Truth));
    }

    [Property]
    public bool FusionCommutesWithAnyPermutationOfPixels(MaskPair m, int seed)
    {
        int[] order = [.. Enumerable.Range(0, m.Optical.Length)];
        new Random(seed).Shuffle(order);
        float[] Permuted(float[] map) => [.. order.Select(i => map[i])];
        return Permuted(Pre(m.Optical, m.Truth)).SequenceEqual(Pre(Permuted(m.Optical), Permuted(m.Truth)))
            && Permuted(Post(m.Optical, m.Truth)).SequenceEqual(Post(Permuted(m.Optical), Permuted(m.Truth)));
    }

    [Property]
    public bool FusionCommutesWithCropping(MaskPair m, byte top, byte left, byte height, byte width)
    {
        int y = top % m.Height, x = left % m.Width, h = 1 + height % (m.Height - y), w = 1 + width % (m.Width - x);
        MaskPair crop = m.Crop(y, x, h, w);
        return MaskPair.Crop(Pre(m.Optical, m.Truth), m.Width, y, x, h, w).SequenceEqual(Pre(crop.Optical, crop.Truth))
            && MaskPair.Crop(Post(m.Optical, m.Truth), m.Width, y, x, h, w).SequenceEqual(Post(crop.Optical, crop.Truth));
    }

    [Property]
    public bool SoftMaskErasesNothing(MaskPair m) =>
        Inference(InferenceMaskMode.Soft, m).Zip(m.Optical).All(p => p.First == (p.Second == 1 ? 1 : 0.5f));

    [Property]
    public bool HardMaskIsTheOpticalMask(MaskPair m) => Inference(InferenceMaskMode.Hard, m).SequenceEqual(m.Optical);

    [Property]
    public bool StageOneMaskTakesTheGroundTruthsPlace(MaskPair m) =>
        Inference(InferenceMaskMode.Stage1, m).SequenceEqual(Pre(m.Optical, m.Truth));

    [Property]
    public bool NoMaskIsAllOnes(MaskPair m) => Inference(InferenceMaskMode.None, m).All(v => v == 1);

    private static float[] Pre(float[] optical, float[] truth)
    {
        float[] result = new float[optical.Length];
        FusedMasks.PreMask(optical, truth, result);
        return result;
    }

    private static float[] Post(float[] optical, float[] truth)
    {
        float[] result = new float[optical.Length];
        FusedMasks.PostMask(optical, truth, result);
        return result;
    }

    private static float[] Inference(InferenceMaskMode mode, MaskPair m)
    {
        float[] result = new float[m.Optical.Length];
        FusedMasks.InferenceMask(mode, m.Optical, m.Truth, result);
        return result;
    }

    private static bool NoneLower(float[] before, float[] after) => before.Zip(after).All(p => p.Second >= p.First);
}
