namespace SspNative.Model.Losses;

/// <summary>
/// Masks read at points (x,y) in 0…1, of a mask of any size, bilinearly between pixel centres and zero outside; and the choice
/// of points that matter most (PointRend, as Mask2Former uses it).
/// </summary>
internal static class PointSampling
{
    /// <summary>Each map at points of its own: maps (M,H,W), points (M,P,2) → (M,P). Gradients reach the maps.</summary>
    public static Tensor Sample(Tensor maps, Tensor points)
    {
        using var scope = new TensorScope();
        int m = maps.Shape[0], p = points.Shape[1];
        Tensor planes = Ops.Reshape(maps, m, maps.Shape[1], maps.Shape[2], 1);
        return scope.Keep(Ops.Reshape(Ops.GridSample(planes, Ops.Reshape(ToGrid(points), m, 1, p, 2)), m, p));
    }

    /// <summary>All maps at the same points: maps (M,H,W), points (1,P,2) → (M,P).</summary>
    public static Tensor SampleShared(Tensor maps, Tensor points)
    {
        using var scope = new TensorScope();
        int m = maps.Shape[0], p = points.Shape[1];
        // With the maps as channels the weights of a point are computed once for all of them.
        Tensor channels = Ops.ToChannelsLast(Ops.Reshape(maps, 1, m, maps.Shape[1], maps.Shape[2]));
        Tensor values = Ops.GridSample(channels, Ops.Reshape(ToGrid(points), 1, 1, p, 2));
        return scope.Keep(Ops.Transpose(Ops.Reshape(values, p, m), 0, 1));
    }

    /// <summary>
    /// The points (M,P,2) for the losses of each of M masks: of random candidates (M,C,2) the share
    /// <see cref="CriterionConfig.ImportanceSampleRatio"/> of P with the smallest |logit|, where the mask is least certain; the rest are uniform
    /// points (M,U,2). Each part keeps the order of drawing.
    /// </summary>
    /// <param name="candidates">(M,C,2).</param>
    /// <param name="logits">The masks at the candidates (M,C).</param>
    /// <param name="uniform">(M,U,2).</param>
    /// <param name="config">P, C and U.</param>
    internal static float[] UncertainPoints(
        ReadOnlySpan<float> candidates, ReadOnlySpan<float> logits, ReadOnlySpan<float> uniform, CriterionConfig config)
    {
        int count = config.CandidatePoints, important = config.ImportantPoints, rest = config.UniformPoints, masks = logits.Length / count;
        var points = new float[masks * config.NumPoints * 2];
        ulong[] keys = new ulong[count], reordered = new ulong[count];
        for (int m = 0; m < masks; m++)
        {
            Span<float> chosen = points.AsSpan(m * config.NumPoints * 2, config.NumPoints * 2);
            for (int i = 0; i < count; i++)
                keys[i] = UncertaintyKey(logits[m * count + i], i);
            keys.CopyTo(reordered, 0);
            ulong last = important == 0 ? 0 : KthSmallest(reordered, important);
            for (int i = 0, next = 0; next < important; i++)
                if (keys[i] <= last)
                    candidates.Slice((m * count + i) * 2, 2).CopyTo(chosen[(2 * next++)..]);
            uniform.Slice(m * rest * 2, rest * 2).CopyTo(chosen[(2 * important)..]);
        }
        return points;
    }

    // The bits of a float that is not negative rise with its value. Below them lies the index, so that no two keys are equal.
    private static ulong UncertaintyKey(float logit, int index) =>
        (ulong)BitConverter.SingleToUInt32Bits(Math.Abs(logit)) << 32 | (uint)index;

    // Quickselect, since sorting tens of thousands of candidates of every mask would take most of the criterion's time. The
    // candidates are random, so the middle one is as good a pivot as any.
    private static ulong KthSmallest(Span<ulong> keys, int k)
    {
        int low = 0, high = keys.Length - 1;
        while (low < high)
        {
            ulong pivot = keys[(low + high) / 2];
            int i = low, j = high;
            while (i <= j)
            {
                while (keys[i] < pivot)
                    i++;
                while (keys[j] > pivot)
                    j--;
                if (i <= j)
                {
                    (keys[i], keys[j]) = (keys[j], keys[i]);
                    i++;
                    j--;
                }
            }
            if (k - 1 <= j)
                high = j;
            else if (k - 1 >= i)
                low = i;
            else
                break;
        }
        return keys[k - 1];
    }

    // 0…1 → −1…1.
    private static Tensor ToGrid(Tensor points) => Ops.Affine(points, 2f, -1f);
}
