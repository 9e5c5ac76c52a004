namespace SspNative.Model.Losses;

/// <summary>
/// Masks read at points (x,y) in 0…1, of a mask of any size, bilinearly between pixel centres and zero outside; and the choice
/// of points that matter most (PointRend, as Mask2Former uses it).
/// </summary>
public static class PointSampling
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
    /// The points for the losses of each mask, (M,h,w) logits → (M,P,2): of P·oversampling random candidates the share
    /// <see cref="CriterionConfig.ImportanceSampleRatio"/> of P with the smallest |logit|, where the mask is least certain; the
    /// rest is uniform. All candidates are drawn first, then the uniform points.
    /// </summary>
    public static Tensor UncertainPoints(Tensor logits, CriterionConfig config, IPointSource random)
    {
        using var scope = new TensorScope();
        int masks = logits.Shape[0], candidates = (int)(config.NumPoints * config.OversampleRatio);
        int important = (int)(config.NumPoints * config.ImportanceSampleRatio), uniform = config.NumPoints - important;
        var candidate = new float[masks * candidates * 2];
        random.Fill(candidate);
        float[] values = Sample(Ops.Detach(logits), Tensor.FromArray(candidate, [masks, candidates, 2], logits.Device)).ToArray();
        var rest = new float[masks * uniform * 2];
        random.Fill(rest);

        var points = new float[masks * config.NumPoints * 2];
        var order = new ulong[candidates];
        for (int m = 0; m < masks; m++)
        {
            Span<float> chosen = points.AsSpan(m * config.NumPoints * 2, config.NumPoints * 2);
            for (int i = 0; i < candidates; i++)
                order[i] = UncertaintyKey(values[m * candidates + i], i);
            Array.Sort(order);
            for (int i = 0; i < important; i++)
                candidate.AsSpan((m * candidates + (int)(uint)order[i]) * 2, 2).CopyTo(chosen[(2 * i)..]);
            rest.AsSpan(m * uniform * 2, uniform * 2).CopyTo(chosen[(2 * important)..]);
        }
        return scope.Keep(Tensor.FromArray(points, [masks, config.NumPoints, 2], logits.Device));
    }

    // The bits of a float that is not negative rise with its value. Below them lies the index, so that equal values keep one order.
    private static ulong UncertaintyKey(float logit, int index) =>
        (ulong)BitConverter.SingleToUInt32Bits(Math.Abs(logit)) << 32 | (uint)index;

    // 0…1 → −1…1.
    private static Tensor ToGrid(Tensor points) => Ops.Affine(points, 2f, -1f);
}
