using System.Security.Cryptography;
using System.Text;
using SspNative.Model.Data;

namespace SspNative.Model.Training;

/// <summary>Where a training stands, besides weights and optimizer moments.</summary>
public sealed record TrainingState
{
    /// <summary>Steps taken.</summary>
    public int Step { get; init; }

    /// <summary>The epoch that the next step belongs to, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>Clips of that epoch already seen; together with the seed this is the data order's state.</summary>
    public int Position { get; init; }

    /// <summary>State of the generator of the loss's points.</summary>
    public ulong Points { get; init; }

    /// <summary>The best validation score so far.</summary>
    public double? BestScore { get; init; }

    /// <summary>How many epochs that took.</summary>
    public int BestEpoch { get; init; }

    /// <summary>SHA-256 of the data set's clip names in order: another data set cannot continue the run.</summary>
    public string Data { get; init; } = "";

    /// <summary>The fingerprint of a data set for <see cref="Data"/>.</summary>
    public static string Fingerprint(IClipDataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < data.Count; i++)
            hash.AppendData(Encoding.UTF8.GetBytes(data.Id(i) + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>What one step did.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Epoch">Counted from 0.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Total">L, mean over the step's clips.</param>
/// <param name="CrossEntropy">L_cls of the last prediction, mean over the clips; so are the next two.</param>
/// <param name="Mask">L_mask.</param>
/// <param name="Dice">L_dice.</param>
/// <param name="PostMask">L'_mask; null without it.</param>
/// <param name="GradientNorm">Norm of all gradients before clipping.</param>
/// <param name="Clips">The step's clips.</param>
public sealed record StepRecord(
    int Step, int Epoch, float LearningRate, double Total, double CrossEntropy, double Mask, double Dice, double? PostMask, double GradientNorm,
    IReadOnlyList<string> Clips);
