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
