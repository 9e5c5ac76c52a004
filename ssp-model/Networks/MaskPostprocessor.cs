using SspNative.Model.Decoder;
using SspNative.Model.Media;

namespace SspNative.Model.Networks;

/// <summary>One class found in a frame.</summary>
/// <param name="Label">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Score">Mean of its score over its pixels, relative to all classes, 0…1.</param>
/// <param name="Area">Its pixels.</param>
/// <param name="Box">Left, top, width and height of the smallest box around them.</param>
public sealed record FoundObject(int Label, string Name, double Score, int Area, int[] Box);

/// <summary>What was found in a frame.</summary>
/// <param name="Labels">The label of every pixel, 0 for the background.</param>
/// <param name="Confidence">The score of each pixel's label relative to all classes, 0…1.</param>
public sealed record SegmentedMask(LabelMap Labels, float[] Confidence);

/// <summary>
/// From queries to a label map, as the published post-processing does: masks are resized to the model's input size, class
/// probabilities (softmax without the null class) weigh their sigmoids, the class scores are resized to the wanted size, and
/// the best class wins.
/// </summary>
public static class MaskPostprocessor
{
    // Classes resized at a time: 71 score planes of a large video would take hundreds of megabytes.
    private const int ClassesAtOnce = 8;

    /// <summary>The label maps of all frames of an output, at a size.</summary>
    /// <param name="output">What the model computed of T frames.</param>
    /// <param name="modelSize">Side of the model's images.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="union">As for <see cref="Label"/>.</param>
    /// <exception cref="InvalidDataException">The output has values that are not finite.</exception>
    public static IReadOnlyList<SegmentedMask> Segment(SspOutput output, int modelSize, int height, int width, bool union)
    {
        using var scope = new TensorScope();
        QueryPrediction result = output.Result;
        FiniteCheck.Require((output.FinalFeatures, "final features"), (result.ClassLogits, "class logits"), (result.MaskLogits, "mask logits"));
        return [.. Frames(result).Select(frame => Label(frame, modelSize, height, width, union))];
    }

    /// <summary>The scores of all classes in all frames of an output, (L,height,width) each, as for the other overload.</summary>
    public static IReadOnlyList<float[]> Scores(SspOutput output, int modelSize, int height, int width, bool union)
    {
        using var scope = new TensorScope();
        return [.. Frames(output.Result).Select(frame => Scores(frame, modelSize, height, width, union).ToArray())];
    }

    /// <summary>A prediction of one frame, class logits (1,N,L+1) and mask logits (1,N,h,w), to labels of the wanted size.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="modelSize">Side of the model's images.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="union">Whether all classes but the background are one, label 1, whose probability is their sum.</param>
    public static SegmentedMask Label(QueryPrediction prediction, int modelSize, int height, int width, bool union)
    {
        using ProfilerSpan span = Profiler.Module("label map");
        using var scope = new TensorScope();
        Tensor scores = ClassScores(prediction, modelSize, union);
        int classes = scores.Shape[0];
        var labels = new LabelMap(width, height);
        Tensor best = Tensor.Zeros([1, height, width, 1], scores.Device), total = Tensor.Zeros(best.Shape, scores.Device);
        for (int first = 0; first < classes; first += ClassesAtOnce)
        {
            using var part = new TensorScope();
            Tensor planes = Ops.InterpolateBilinear(Ops.Narrow(scores, 0, first, Math.Min(ClassesAtOnce, classes - first)), height, width);
            total = part.Keep(total.ReplacedBy(TensorScope.Run(() => Ops.Sum(Ops.Concat([total, planes], 0), [0], keepDim: true))));
            (Tensor values, Tensor indices) = Ops.MaxWithIndices(Ops.Concat([best, planes], 0), 0, keepDim: true);
            best = part.Keep(best.ReplacedBy(values));
            // Index 0 is the best of the classes before.
            long[] winners = indices.ToLongArray();
            for (int i = 0; i < winners.Length; i++)
                if (winners[i] > 0)
                    labels.Labels[i] = (byte)(first + winners[i] - 1);
        }
        float[] confidence = Ops.Div(best, total).ToArray();
        // 0/0, where no class has a score.
        for (int i = 0; i < confidence.Length; i++)
            if (float.IsNaN(confidence[i]))
                confidence[i] = 0;
        return new SegmentedMask(labels, confidence);
    }

    /// <summary>
    /// The scores of all classes in a frame, which <see cref="Label"/> compares, at the wanted size: class logits (1,N,L+1) and mask logits (1,N,h,w)
    /// → (L,height,width,1).
    /// </summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="modelSize">Side of the model's images.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="union">As for <see cref="Label"/>.</param>
    public static Tensor Scores(QueryPrediction prediction, int modelSize, int height, int width, bool union)
    {
        using var scope = new TensorScope();
        return scope.Keep(Ops.InterpolateBilinear(ClassScores(prediction, modelSize, union), height, width));
    }

    /// <summary>Every class but the background in a label map, largest first.</summary>
    public static IReadOnlyList<FoundObject> Objects(LabelMap labels, ReadOnlySpan<float> confidence, IReadOnlyList<string> classNames)
    {
        var objects = new List<FoundObject>();
        for (int label = 1; label < classNames.Count; label++)
        {
            int area = 0, left = int.MaxValue, top = int.MaxValue, right = -1, bottom = -1;
            double score = 0;
            for (int y = 0; y < labels.Height; y++)
                for (int x = 0; x < labels.Width; x++)
                    if (labels[x, y] == label)
                    {
                        area++;
                        score += confidence[y * labels.Width + x];
                        (left, top) = (Math.Min(left, x), Math.Min(top, y));
                        (right, bottom) = (Math.Max(right, x), Math.Max(bottom, y));
                    }
            if (area > 0)
                objects.Add(new FoundObject(label, classNames[label], score / area, area, [left, top, right - left + 1, bottom - top + 1]));
        }
        return [.. objects.OrderByDescending(o => o.Area)];
    }

    private static IEnumerable<QueryPrediction> Frames(QueryPrediction result) => Enumerable.Range(0, result.ClassLogits.Shape[0])
        .Select(t => new QueryPrediction(Ops.Narrow(result.ClassLogits, 0, t, 1), Ops.Narrow(result.MaskLogits, 0, t, 1)));

    // (L, size, size, 1): Σ over queries of p(class) · σ(mask).
    private static Tensor ClassScores(QueryPrediction prediction, int size, bool union)
    {
        using var scope = new TensorScope();
        int queries = prediction.MaskLogits.Shape[1], classes = prediction.ClassLogits.Shape[2] - 1;
        Tensor logits = Ops.Reshape(prediction.MaskLogits, queries, prediction.MaskLogits.Shape[2], prediction.MaskLogits.Shape[3], 1);
        Tensor masks = Ops.Reshape(Ops.Sigmoid(Ops.InterpolateBilinear(logits, size, size)), queries, size * size);
        Tensor probabilities = Ops.Narrow(Ops.Reshape(Ops.Softmax(prediction.ClassLogits), queries, classes + 1), 1, 0, classes);
        if (union && classes > 2)
        {
            Tensor background = Ops.Narrow(probabilities, 1, 0, 1), sounding = Ops.Sum(Ops.Narrow(probabilities, 1, 1, classes - 1), [1], keepDim: true);
            (probabilities, classes) = (Ops.Concat([background, sounding], 1), 2);
        }
        return scope.Keep(Ops.Reshape(Ops.MatMul(Ops.Transpose(probabilities, 0, 1), masks), classes, size, size, 1));
    }
}
