using System.Globalization;
using System.Text;
using SspNative.Model.Config;
using SspNative.Model.Evaluation;
using SspNative.Model.Training;

namespace SspNative.Lab.Ablation;

/// <summary>A figure over several seeds.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their sample standard deviation, 0 for a single one.</param>
/// <param name="Count">How many.</param>
public sealed record Spread(double Mean, double Deviation, int Count)
{
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static Spread Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            throw new ArgumentException("a mean of no values");
        double mean = values.Average();
        return new Spread(mean, values.Count == 1 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)), values.Count);
    }

    /// <summary>The difference of two means with its standard error √(s₁²/n₁ + s₂²/n₂).</summary>
    public (double Difference, double Error) Minus(Spread other) => (
        Mean - other.Mean, Math.Sqrt((Deviation * Deviation / Count) + (other.Deviation * other.Deviation / other.Count)));
}

/// <summary>A variant's figures where clips are difficult in one way.</summary>
/// <param name="Difficulty">Which.</param>
/// <param name="MeanIou">Of the clips that have it.</param>
/// <param name="Found">Share of the sounding pixels that was marked; null where nothing sounds.</param>
/// <param name="Leaked">Share of the silent pixels that was marked; null where all sounds.</param>
public sealed record DifficultySpread(string Difficulty, Spread MeanIou, Spread? Found, Spread? Leaked);

/// <summary>A row of a table.</summary>
/// <param name="Name">The variant.</param>
/// <param name="MeanIou">Over its seeds.</param>
/// <param name="FScore">Over its seeds.</param>
/// <param name="Difference">Of its mIoU to the first row's.</param>
/// <param name="Error">The difference's standard error; 0 without several seeds.</param>
/// <param name="Difficulties">By difficulty.</param>
public sealed record AblationRow(
    string Name, Spread MeanIou, Spread FScore, double Difference, double Error, IReadOnlyList<DifficultySpread> Difficulties)
{
    /// <summary>A row from the scores of a variant's seeds.</summary>
    /// <param name="name">The variant.</param>
    /// <param name="scores">Of its seeds.</param>
    /// <param name="first">mIoU of the first row; null for itself.</param>
    public static AblationRow Of(string name, IReadOnlyList<AblationScore> scores, Spread? first)
    {
        Spread iou = Spread.Of([.. scores.Select(s => s.MeanIou)]);
        (double difference, double error) = first is null ? (0, 0) : iou.Minus(first);
        return new AblationRow(name, iou, Spread.Of([.. scores.Select(s => s.FScore)]), difference, error, [.. ByDifficulty(scores)]);
    }

    private static IEnumerable<DifficultySpread> ByDifficulty(IReadOnlyList<AblationScore> scores)
    {
        foreach (IGrouping<string, DifficultyScore> same in scores.SelectMany(s => s.Difficulties).GroupBy(d => d.Difficulty))
            yield return new DifficultySpread(
                same.Key, Spread.Of([.. same.Select(d => d.MeanIou)]), Optional(same.Select(d => d.Recall)), Optional(same.Select(d => d.Leak)));
    }

    private static Spread? Optional(IEnumerable<double?> values) =>
        values.OfType<double>().ToArray() is { Length: > 0 } known ? Spread.Of(known) : null;
}

/// <summary>A study's table.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Title">Its title.</param>
/// <param name="Rows">Its rows.</param>
public sealed record AblationTable(string Study, string Title, IReadOnlyList<AblationRow> Rows)
{
    /// <summary>The numbers of a sweep's rows.</summary>
    public IReadOnlyList<double>? Values { get; init; }
}

/// <summary>All tables of an ablation and how they were made.</summary>
/// <param name="Command">The command line.</param>
/// <param name="Seeds">Trainings of each variant.</param>
/// <param name="TrainingClips">Clips trained on.</param>
/// <param name="TestClips">Clips scored.</param>
/// <param name="Config">The sizes that all share.</param>
/// <param name="Options">The options that all share.</param>
/// <param name="Tables">One for each study.</param>
public sealed record AblationReport(
    string Command, int Seeds, int TrainingClips, int TestClips, SspConfig Config, TrainingOptions Options, IReadOnlyList<AblationTable> Tables)
{
    public string ToJson() => LabJson.Write(this);

    /// <summary>The tables as a page of Markdown.</summary>
    public string ToMarkdown()
    {
        var page = new StringBuilder();
        page.Append("# Ablation\n\n```\n").Append(Command).Append("\n```\n\n");
        page.Append(Text($"{Seeds} {(Seeds == 1 ? "seed" : "seeds")} of each variant, {TrainingClips} training clips, {Options.Epochs} epochs; "));
        page.Append(Text($"scored on {TestClips} clips. Mean ± standard deviation over seeds; "));
        page.Append("differences are to the first row, ± their standard error.\n");
        foreach (AblationTable table in Tables)
            Write(page, table);
        return page.ToString();
    }

    private void Write(StringBuilder page, AblationTable table)
    {
        page.Append("\n## ").Append(table.Title).Append("\n\n| variant | mIoU | F | difference in mIoU |\n|---|---|---|---|\n");
        foreach (AblationRow row in table.Rows)
        {
            string error = Seeds > 1 ? Text($" ± {row.Error:0.000}") : "";
            page.Append(Text($"| {row.Name} | {Text(row.MeanIou)} | {Text(row.FScore)} | {row.Difference:+0.000;−0.000;0}{error} |\n"));
        }
        string[] difficulties = [.. table.Rows.SelectMany(r => r.Difficulties).Select(d => d.Difficulty).Distinct()];
        if (difficulties.Length == 0)
            return;
        Write(page, table, difficulties, "mIoU of the clips with a difficulty", d => d.MeanIou);
        Write(page, table, difficulties, "Found: share of the sounding pixels that was marked", d => d.Found);
        Write(page, table, difficulties, "Leaked: share of the silent things' pixels that was marked (less is better)", d => d.Leaked);
    }

    private static void Write(
        StringBuilder page, AblationTable table, string[] difficulties, string title, Func<DifficultySpread, Spread?> of)
    {
        page.Append('\n').Append(title).Append("\n\n| variant |");
        string[] shown = [.. difficulties.Where(d => table.Rows.Any(r => Of(r, d) is not null))];
        foreach (string difficulty in shown)
            page.Append(' ').Append(difficulty).Append(" |");
        page.Append("\n|---|").Append(string.Concat(shown.Select(_ => "---|"))).Append('\n');
        foreach (AblationRow row in table.Rows)
        {
            page.Append("| ").Append(row.Name).Append(" |");
            foreach (string difficulty in shown)
                page.Append(' ').Append(Of(row, difficulty) is { } spread ? Text(spread) : "–").Append(" |");
            page.Append('\n');
        }

        Spread? Of(AblationRow row, string difficulty) => row.Difficulties.FirstOrDefault(d => d.Difficulty == difficulty) is { } found ? of(found) : null;
    }

    /// <summary>Mean ± deviation with three digits.</summary>
    public static string Text(Spread spread) => spread.Count == 1 ? Text($"{spread.Mean:0.000}") : Text($"{spread.Mean:0.000} ± {spread.Deviation:0.000}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
