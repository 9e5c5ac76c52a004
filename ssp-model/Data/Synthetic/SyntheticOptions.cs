using System.Globalization;

namespace SspNative.Model.Data.Synthetic;

/// <summary>What a synthetic data set is made of.</summary>
/// <param name="Clips">How many.</param>
/// <param name="Seed">The same seed gives the same data set, whatever the number of threads.</param>
/// <param name="Size">Width and height of frames in pixels.</param>
/// <param name="Frames">Frames and seconds of a clip.</param>
/// <param name="Split">Shares of the clips for training, validation and test; they add up to 1.</param>
public sealed record SyntheticOptions(int Clips, ulong Seed, int Size, int Frames, SplitShares Split)
{
    private const int MostClips = 100_000;

    /// <summary>What is so about the clips besides chance.</summary>
    public Premise Premise { get; init; } = new();

    /// <exception cref="InputException">A number is out of range.</exception>
    public void Validate()
    {
        try
        {
            Premise.Validate();
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"the premise: {e.Message}", e);
        }
        Require(Clips is >= 1 and <= MostClips, "clips", $"1 to {MostClips}", Clips);
        Require(Size is >= 32 and <= 1024, "size", "32 to 1024 pixels", Size);
        Require(Frames is >= 1 and <= 60, "frames", "1 to 60", Frames);
    }

    private static void Require(bool holds, string number, string range, int value)
    {
        if (!holds)
            throw new InputException($"{number} must be {range}, not {value}");
    }
}

/// <summary>How clips are shared out.</summary>
public sealed record SplitShares(double Train, double Val, double Test)
{
    /// <summary>Reads "train", "val" or "test", or three shares with commas between, which add up to 1.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public static SplitShares Parse(string text)
    {
        if (text is "train" or "val" or "test")
            return new SplitShares(text == "train" ? 1 : 0, text == "val" ? 1 : 0, text == "test" ? 1 : 0);
        double[] shares =
        [
            .. text.Split(',').Select(part =>
                double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) ? share : -1),
        ];
        if (shares.Length != 3 || shares.Any(s => s is not (>= 0 and <= 1)) || Math.Abs(shares.Sum() - 1) > 1e-6)
            throw new InputException(
                $"the split must be train, val, test or three shares that add up to 1 such as 0.8,0.1,0.1, not {text}");
        return new SplitShares(shares[0], shares[1], shares[2]);
    }

    /// <summary>The split of a clip: the first clips are for training, the last for testing.</summary>
    public string Of(int clip, int clips) =>
        clip < (int)Math.Round(clips * Train) ? "train" : clip < (int)Math.Round(clips * (Train + Val)) ? "val" : "test";
}
