using FsCheck;
using FsCheck.Fluent;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Decoder;
using SspNative.Model.Losses;
using SspNative.Tests.Support;

namespace SspNative.Tests.Losses;

/// <summary>Made logits and targets of a small batch; targets are soft rectangles, no two of them alike.</summary>
public sealed record Scene(int Queries, int Labels, int[] TargetCounts, int Seed)
{
    public const int Height = 5, Width = 6, TargetHeight = 9, TargetWidth = 12;

    /// <summary>A device of their own: others count the buffers of the default one.</summary>
    public static IDevice Device { get; } = TestDevices.Own();

    public int Images => TargetCounts.Length;

    public override string ToString() => $"{Queries} queries, {Labels} labels, targets [{string.Join(' ', TargetCounts)}], seed {Seed}";

    /// <summary>One prediction, its queries in another order if one is given.</summary>
    public QueryPrediction Prediction(int salt = 0, int[]? order = null)
    {
        order ??= [.. Enumerable.Range(0, Queries)];
        float[] classes = Values(Images * Queries * (Labels + 1), salt), masks = Values(Images * Queries * Height * Width, salt + 1);
        return new QueryPrediction(
            Tensor.FromArray(Reorder(classes, Images, order, Labels + 1), [Images, Queries, Labels + 1], Device),
            Tensor.FromArray(Reorder(masks, Images, order, Height * Width), [Images, Queries, Height, Width], Device));
    }

    /// <summary>The targets, those of each image in reverse if wanted.</summary>
    public MaskTargets[] Targets(bool reversed = false) => [.. TargetCounts.Select((count, image) =>
    {
        var random = new System.Random(Seed + 100 * image);
        int[] classes = [.. Enumerable.Range(0, count).Select(_ => random.Next(Labels))];
        float[] masks = [.. Enumerable.Range(0, count).SelectMany(_ => Rectangle(random))];
        int[] order = [.. Enumerable.Range(0, count)];
        if (reversed)
            Array.Reverse(order);
        return new MaskTargets(
            [.. order.Select(i => classes[i])],
            Tensor.FromArray(Reorder(masks, 1, order, TargetHeight * TargetWidth), [count, TargetHeight, TargetWidth], Device));
    })];

    private static float[] Rectangle(System.Random random)
    {
        int top = random.Next(TargetHeight - 2), left = random.Next(TargetWidth - 2);
        int bottom = random.Next(top + 1, TargetHeight), right = random.Next(left + 1, TargetWidth);
        return
        [
            .. from y in Enumerable.Range(0, TargetHeight)
               from x in Enumerable.Range(0, TargetWidth)
               select (y >= top && y <= bottom && x >= left && x <= right ? 0.75f : 0f) + random.NextSingle() / 4,
        ];
    }

    private float[] Values(int count, int salt)
    {
        var random = new System.Random(Seed * 31 + salt);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(6 * random.NextDouble() - 3))];
    }

    // (outer, order.Length, inner): the middle dimension in another order.
    private static float[] Reorder(float[] values, int outer, int[] order, int inner) =>
    [
        .. from o in Enumerable.Range(0, outer)
           from i in order
           from k in Enumerable.Range(0, inner)
           select values[(o * order.Length + i) * inner + k],
    ];
}

/// <summary>The same few points over and over, so that every mask is compared at the same ones whatever its place in the batch.</summary>
internal sealed class RepeatedPoints(int count) : IPointSource
{
    private readonly float[] _points = Draw(count);

    public void Fill(Span<float> coordinates)
    {
        for (int i = 0; i < coordinates.Length; i++)
            coordinates[i] = _points[i % _points.Length];
    }

    private static float[] Draw(int count)
    {
        var points = new float[2 * count];
        new SplitMixPoints(77).Fill(points);
        return points;
    }
}

public static class SceneGenerators
{
    public static Arbitrary<Scene> Scenes() => Arb.From(
        from queries in Gen.Choose(1, 6)
        from labels in Gen.Choose(1, 4)
        from images in Gen.Choose(1, 3)
        from targets in Gen.ArrayOf(Gen.Choose(0, 7), images)
        from seed in Gen.Choose(0, 100_000)
        select new Scene(queries, labels, targets, seed),
        scene => scene.TargetCounts.Length > 1 ? [scene with { TargetCounts = scene.TargetCounts[1..] }] : []);
}
