using SspNative.Engine.Distributed;
using SspNative.Model.Config;
using SspNative.Model.Training;

namespace SspNative.Lab;

/// <summary>What is known of ranks, and of what connects them.</summary>
/// <param name="BytesPerSecond">What a rank sends while it receives as much.</param>
/// <param name="Latency">Seconds that a message takes besides.</param>
/// <param name="ClipSeconds">Seconds of a step of one clip at one rank that trains alone.</param>
public sealed record Cluster(double BytesPerSecond, double Latency, double ClipSeconds);

/// <summary>A step of training, as it is foretold.</summary>
/// <param name="Ranks">Ranks.</param>
/// <param name="Clips">Clips of the step.</param>
/// <param name="Sent">What the rank that sends most sends.</param>
/// <param name="Compute">Seconds of forward and backward passes.</param>
/// <param name="Waiting">Seconds in which gradients are exchanged and nothing else is done.</param>
/// <param name="Sums">Seconds in which gradients are added up and parameters updated.</param>
/// <param name="Sharing">Seconds in which the updated parameters are exchanged.</param>
public sealed record StepTime(int Ranks, int Clips, Traffic Sent, double Compute, double Waiting, double Sums, double Sharing)
{
    public double Seconds => Compute + Waiting + Sums + Sharing;

    /// <summary>What takes the time beyond that of computing.</summary>
    public string Limit => Ranks > Clips ? "fewer clips than ranks"
        : Seconds < 1.05 * Compute ? "nothing"
        : Waiting >= Math.Max(Sums, Sharing) ? "exchange of gradients" : Sharing >= Sums ? "exchange of parameters" : "sums and updates";
}

/// <summary>The steps of a phase, as they are foretold.</summary>
/// <param name="Name">The phase.</param>
/// <param name="Trained">Numbers that it trains.</param>
/// <param name="Given">With its own number of clips a step, on few ranks.</param>
/// <param name="OneClipEach">With as many clips a step as ranks, up to 1000.</param>
public sealed record PhaseForecast(string Name, long Trained, IReadOnlyList<StepTime> Given, IReadOnlyList<StepTime> OneClipEach);

/// <summary>
/// Foretells the step of <see cref="Trainer"/> on several ranks, by the count of its messages and bytes:
/// <code>
/// step = ⌈n/K⌉ · (c + max(0, x − ⅔c)) + (16(n−1) + 28)·P/K / μ + x     c = s − 28P/μ     x = m·λ + 4P(K−1)/K / β
/// </code>
/// for n clips on K ranks, s the seconds of a step of one clip at one rank, P trained numbers, m messages of latency λ and bandwidth β, and memory of
/// bandwidth μ: that of one core of a processor, or as much that the update takes half of s at most. A step is a clip's passes, c, of which two thirds are
/// the backward pass, during which gradients travel; then the sums of further clips' gradients, and the update.
/// </summary>
public static class StepForecast
{
    /// <summary>What one processor core reads and writes in a second, for sums and updates, which do little else.</summary>
    private const double MemoryBytesPerSecond = 8e9;

    // A further clip's part is received, read with the sum, and the sum written; AdamW reads four numbers and writes three.
    private const int BytesOfAdding = 16, BytesOfUpdating = 28;

    /// <summary>The share of a clip's time that is its backward pass.</summary>
    private const double BackwardShare = 2.0 / 3;

    /// <summary>Numbers of every parameter that a phase trains, in order.</summary>
    public static long[] Trained(SspConfig config, TrainingOptions options)
    {
        using var model = new TrainingModel(config, new ShapesOnlySource(new InitialWeights(options.Seed)), new CountingDevice(), options.Objective);
        return [.. model.Parameters.Specs.Where(options.Trains).Select(p => p.Shape.Count)];
    }

    /// <summary>What a rank sends in a step in which every parameter has a gradient of every clip.</summary>
    /// <param name="counts">Numbers of each parameter.</param>
    /// <param name="ranks">How many ranks.</param>
    /// <param name="rank">Which.</param>
    /// <param name="clips">Clips of the step.</param>
    public static Traffic Sent(IReadOnlyList<long> counts, int ranks, int rank, int clips)
    {
        if (ranks == 1)
            return default;
        GradientSlice[] slices = GradientSlice.Cut(counts, ranks), own = [.. slices.Where(s => s.Owner == rank)];
        long clipsHere = (clips - rank + ranks - 1) / ranks, others = ranks - 1, numbers = own.Sum(s => (long)s.Count);
        var gradients = new Traffic(clipsHere * (slices.Length - own.Length), clipsHere * sizeof(float) * (counts.Sum() - numbers));
        var parameters = new Traffic(others * own.Length, others * sizeof(float) * numbers);
        // Draws of random numbers, losses, and squares with each slice's first clip.
        var small = new Traffic(3 * others, others * (clipsHere * (sizeof(long) + 5 * sizeof(float)) + own.Sum(s => (1L + s.Blocks) * sizeof(double))));
        return gradients + parameters + small;
    }

    /// <summary>The time of a step.</summary>
    public static StepTime Predict(IReadOnlyList<long> counts, Cluster cluster, int ranks, int clips)
    {
        long numbers = counts.Sum();
        int rounds = (clips + ranks - 1) / ranks;
        double bytes = 4.0 * numbers * (ranks - 1) / ranks, wire = bytes / cluster.BytesPerSecond;
        int slices = ranks == 1 ? 0 : GradientSlice.Cut(counts, ranks).Length;
        double gradients = ranks == 1 ? 0 : wire + slices * cluster.Latency;
        double parameters = ranks == 1 ? 0 : wire + (ranks - 1) * Math.Ceiling((double)slices / ranks) * cluster.Latency;
        // A device whose whole step takes less than that has faster memory.
        double memory = Math.Max(MemoryBytesPerSecond, 2.0 * numbers * BytesOfUpdating / cluster.ClipSeconds);
        double here = (double)numbers / ranks, passes = cluster.ClipSeconds - numbers * BytesOfUpdating / memory;
        return new StepTime(
            ranks, clips, Sent(counts, ranks, 0, clips), rounds * passes, rounds * Math.Max(0, gradients - BackwardShare * passes),
            here * ((clips - 1L) * BytesOfAdding + BytesOfUpdating) / memory, parameters);
    }
}
