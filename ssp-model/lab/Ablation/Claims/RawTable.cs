using System.Globalization;
using System.Text;
using SspNative.Model.Files;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>A model's score of a clip.</summary>
/// <param name="Claim">C1 … C6.</param>
/// <param name="Row">The claim's row.</param>
/// <param name="Seed">Of the training.</param>
/// <param name="Clip">The clip's uid.</param>
/// <param name="MeanIou">Over the clip's frames, 0…1, of six digits.</param>
/// <param name="Found">Share of the pixels of what sounds that was marked; null where nothing does.</param>
/// <param name="Leaked">Share of the pixels of silent things that was marked; null where there are none.</param>
public sealed record RawScore(string Claim, string Row, ulong Seed, string Clip, double MeanIou, double? Found, double? Leaked);

/// <summary>Paired scores of a claim's rows, by seed and clip.</summary>
public sealed class ScoreMatrix(IReadOnlyDictionary<string, double[][]> rows)
{
    public int Seeds => rows.Values.First().Length;

    public int Clips => rows.Values.First()[0].Length;

    /// <summary>A row's scores (S,C).</summary>
    public double[][] Of(string row) => rows[row];

    /// <summary>A contrast of every seed and clip (S,C).</summary>
    public double[][] Of(Contrast contrast)
    {
        double[][] sums = [.. Enumerable.Range(0, Seeds).Select(_ => new double[Clips])];
        foreach ((double weight, string row) in contrast.Terms)
            for (int s = 0; s < sums.Length; s++)
                for (int c = 0; c < sums[s].Length; c++)
                    sums[s][c] += weight * rows[row][s][c];
        return sums;
    }
}

/// <summary>All scores of a study, as <c>raw.csv</c> holds them: a line for each claim, row, seed and clip. Verdicts follow from it alone.</summary>
/// <param name="Scores">The scores.</param>
/// <param name="Source">Where they came from, for messages.</param>
public sealed record RawTable(IReadOnlyList<RawScore> Scores, string Source)
{
    private const string Header = "claim,row,seed,clip,miou,found,leaked";
    private const char Quote = '"';

    // The full study has 60 bytes for each of 300,000 scores.
    private const long MostBytes = 256 << 20;

    /// <summary>Which claims it has.</summary>
    public IReadOnlyList<string> Claims => [.. Scores.Select(s => s.Claim).Distinct()];

    /// <summary>The scores of a claim, paired.</summary>
    /// <exception cref="InputException">A row is missing, or a pair of seed and clip in it.</exception>
    public ScoreMatrix Of(Claim claim)
    {
        RawScore[] own = [.. Scores.Where(s => s.Claim == claim.Id)];
        ulong[] seeds = [.. own.Select(s => s.Seed).Distinct().Order()];
        string[] clips = [.. own.Select(s => s.Clip).Distinct().Order(StringComparer.Ordinal)];
        var byPlace = new Dictionary<(string, ulong, string), double>();
        foreach (RawScore score in own)
            if (!byPlace.TryAdd((score.Row, score.Seed, score.Clip), score.MeanIou))
                throw new InputException(
                    $"{Source}: claim {claim.Id} has the score of {InputFile.Quote(score.Row)}, seed {score.Seed}, clip {InputFile.Quote(score.Clip)} twice");
        return new ScoreMatrix(claim.Rows.ToDictionary(
            r => r.Name, r => seeds.Select(seed => clips.Select(clip => Find(r.Name, seed, clip)).ToArray()).ToArray()));

        double Find(string row, ulong seed, string clip) => byPlace.TryGetValue((row, seed, clip), out double found)
            ? found
            : throw new InputException($"{Source}: claim {claim.Id} lacks the score of {InputFile.Quote(row)}, seed {seed}, clip {InputFile.Quote(clip)}");
    }

    public string ToCsv()
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (RawScore s in Scores)
            text.Append(CultureInfo.InvariantCulture, $"{s.Claim},{Quote}{s.Row}{Quote},{s.Seed},{s.Clip},{s.MeanIou},{s.Found},{s.Leaked}\n");
        return text.ToString();
    }

    /// <summary>Reads what <see cref="ToCsv"/> wrote.</summary>
    /// <exception cref="InputException">The file is missing or too large, or a line is not of this form.</exception>
    public static RawTable Read(string path)
    {
        CsvTable table = CsvTable.Load(path, MostBytes);
        int[] columns = [.. Header.Split(',').Select(table.Column)];
        var scores = new List<RawScore>(table.Rows.Count);
        foreach (CsvRow row in table.Rows)
        {
            string[] fields = [.. columns.Select(c => row.Fields[c])];
            if (!ulong.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
                throw new InputException($"{path}: line {row.Line}: {InputFile.Quote(fields[2])} is no seed");
            scores.Add(new RawScore(
                fields[0], fields[1], seed, fields[3], Share(fields[4]) ?? throw new InputException($"{path}: line {row.Line} has no miou"), Share(fields[5]),
                Share(fields[6])));

            double? Share(string text) => text.Length == 0 ? null
                : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1 ? share
                : throw new InputException($"{path}: line {row.Line}: {InputFile.Quote(text)} is no number from 0 to 1");
        }
        return scores.Count > 0 ? new RawTable(scores, path) : throw new InputException($"{path}: the table has no scores");
    }
}
