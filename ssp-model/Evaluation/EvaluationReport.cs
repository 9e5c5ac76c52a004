using SspNative.Model.Config;

namespace SspNative.Model.Evaluation;

/// <summary>A split's score by one protocol.</summary>
/// <param name="Name">One of <see cref="ProtocolNames"/>.</param>
/// <param name="Over">What is averaged, in words.</param>
/// <param name="MeanIou">0…1.</param>
/// <param name="FScore">F with β² = 0.3, 0…1.</param>
public sealed record ProtocolScore(string Name, string Over, double MeanIou, double FScore);

/// <summary>The score of a class.</summary>
/// <param name="Label">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Frames">
/// Frames that count: of binary masks those in which the class sounds, of semantic ones those in whose truth or prediction it appears.
/// </param>
/// <param name="MeanIou">Mean IoU over these frames: of all that sounds for binary masks, of the class for semantic ones.</param>
/// <param name="FScore">F over these frames: for binary masks the largest of their mean curve, for semantic ones their mean.</param>
public sealed record ClassScore(int Label, string Name, int Frames, double MeanIou, double FScore);

/// <summary>A clip's score.</summary>
/// <param name="Id">The clip's uid.</param>
/// <param name="Frames">Frames scored.</param>
/// <param name="MeanIou">
/// Mean over the frames of their IoU; of semantic masks a frame's is the mean over the classes, background included, of its truth and prediction.
/// </param>
/// <param name="Difficulties">What is difficult about it, where the clip tells.</param>
/// <param name="Things">What became of each thing in it, where the clip tells.</param>
public sealed record ClipScore(string Id, int Frames, double MeanIou, IReadOnlyList<string> Difficulties, IReadOnlyList<ThingScore> Things);

/// <summary>The names of protocols in reports. Figures of different protocols cannot be compared.</summary>
public static class ProtocolNames
{
    /// <summary>AVSBench's evaluation: of binary masks in batches of 4 videos, of semantic ones over all classes of the model.</summary>
    public const string AvsBench = "avsbench";

    /// <summary>AAVS's evaluation of binary masks: every video is a batch.</summary>
    public const string Aavs = "aavs";

    /// <summary>
    /// The evaluation behind AAVS's published figures, at 224²: of binary masks as <see cref="Metrics.Aavs224"/> scores them, of semantic ones as
    /// AVSBench does over all classes.
    /// </summary>
    public const string Aavs224 = "aavs224";

    public const string AvsBenchWithoutBackground = "avsbench-without-background";

    /// <summary>AVSBench's semantic evaluation, averaged over the classes that occur in truth or prediction of the split alone.</summary>
    public const string AvsBenchSeen = "avsbench-seen";

    public const string AvsBenchSeenWithoutBackground = "avsbench-seen-without-background";

    /// <summary>One confusion matrix over the split.</summary>
    public const string Global = "global";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } =
        [AvsBench, Aavs, Aavs224, AvsBenchWithoutBackground, AvsBenchSeen, AvsBenchSeenWithoutBackground, Global];

    /// <summary>The names of those that masks are scored by.</summary>
    /// <param name="isBinary">Whether the masks tell what sounds, not which class.</param>
    public static IEnumerable<string> Of(bool isBinary) => All.Where(p => isBinary ? !p.StartsWith("avsbench-", StringComparison.Ordinal) : p != Aavs);

    /// <summary>Refuses a protocol that masks are not scored by.</summary>
    /// <param name="protocol">Its name.</param>
    /// <param name="isBinary">Whether the masks tell what sounds, not which class.</param>
    /// <exception cref="InputException">It is none of theirs.</exception>
    public static void Require(string protocol, bool isBinary)
    {
        if (!Of(isBinary).Contains(protocol))
            throw new InputException(
                $"masks of {(isBinary ? "what sounds" : "classes")} are not scored by the protocol {protocol}; {string.Join(", ", Of(isBinary))} are theirs");
    }
}

/// <summary>All that was measured of a model on a split.</summary>
public sealed record EvaluationReport
{
    /// <summary>"avs": which pixels sound. "avss": which class sounds where. "sight": which class is to be seen where.</summary>
    public required string Task { get; init; }

    public required int Clips { get; init; }

    public required int Frames { get; init; }

    public required IReadOnlyList<ProtocolScore> Protocols { get; init; }

    /// <summary>Classes with at least one frame that counts; empty where labels tell no classes.</summary>
    public required IReadOnlyList<ClassScore> Classes { get; init; }

    /// <summary>Difficulties that occur; empty where clips tell none.</summary>
    public required IReadOnlyList<DifficultyScore> Difficulties { get; init; }

    /// <summary>Every clip, in the data set's order.</summary>
    public required IReadOnlyList<ClipScore> ClipScores { get; init; }

    /// <summary>The score by a protocol.</summary>
    /// <exception cref="ArgumentException">The task is not scored by it.</exception>
    public ProtocolScore By(string protocol) => Protocols.FirstOrDefault(p => p.Name == protocol)
        ?? throw new ArgumentException($"evaluation: masks of task {Task} are not scored by the protocol \"{protocol}\"", nameof(protocol));

    /// <summary>The report with the scores by one protocol alone.</summary>
    /// <exception cref="ArgumentException">The task is not scored by it.</exception>
    public EvaluationReport Only(string protocol) => this with { Protocols = [By(protocol)] };

    public string ToJson() => ConfigJson.Write(this);
}
