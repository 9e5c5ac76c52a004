namespace SspNative.Model.Losses;

/// <summary>
/// All random points of one evaluation of <see cref="SetCriterion"/>, (x,y) in turn. How many are needed follows from the targets alone, for a batch
/// matches as many masks as it can, so they are drawn before anything is computed and reach the device together.
/// </summary>
internal sealed class RandomPoints
{
    private RandomPoints(int predictions, int images, int masks, CriterionConfig config)
    {
        Matching = Room((long)predictions * images * config.NumPoints);
        Candidates = Room((long)predictions * masks * config.CandidatePoints);
        Uniform = Room((long)predictions * masks * config.UniformPoints);
    }

    /// <summary>Where masks are compared to be matched: (K,B,P,2) for K predictions of B images.</summary>
    public float[] Matching { get; }

    /// <summary>Among which each of R matched masks chooses its important points: (K,R,C,2).</summary>
    public float[] Candidates { get; }

    /// <summary>The other points of each matched mask: (K,R,U,2).</summary>
    public float[] Uniform { get; }

    /// <summary>
    /// Draws them in the order in which transformers does: for the last prediction and then for the others in order, the matcher's points image by
    /// image, all candidates, all uniform points.
    /// </summary>
    /// <exception cref="ArgumentException">There are fewer candidates than important points.</exception>
    /// <exception cref="InputException">There are too many points for an array.</exception>
    public static RandomPoints Draw(int predictions, int images, int masks, CriterionConfig config, IPointSource random)
    {
        if (config.ImportantPoints > config.CandidatePoints)
            throw new ArgumentException(
                $"point sampling: {config.ImportantPoints} important points cannot be chosen from {config.CandidatePoints} candidates");
        var points = new RandomPoints(predictions, images, masks, config);
        foreach (int prediction in Enumerable.Range(0, predictions - 1).Prepend(predictions - 1))
        {
            for (int image = 0; image < images; image++)
                random.Fill(Part(points.Matching, predictions * images, prediction * images + image));
            if (masks == 0)
                continue;
            random.Fill(Part(points.Candidates, predictions, prediction));
            random.Fill(Part(points.Uniform, predictions, prediction));
        }
        return points;
    }

    /// <summary>How many numbers <see cref="Draw"/> draws.</summary>
    public static long Draws(int predictions, int images, int masks, CriterionConfig config) =>
        2L * predictions * ((long)images * config.NumPoints + (long)masks * (config.CandidatePoints + config.UniformPoints));

    private static float[] Room(long points) =>
        2 * points <= Array.MaxLength
            ? new float[2 * points]
            : throw new InputException($"the losses need {points} random points; lower num_points or oversample_ratio");

    // One of so many equal parts.
    private static Span<float> Part(float[] points, int parts, int index) => points.AsSpan(points.Length / parts * index, points.Length / parts);
}
