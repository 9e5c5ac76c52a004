using SspNative.Lab.Ablation;

namespace SspNative.Cli.Plots;

/// <summary>The tables of an ablation as pictures: a sweep as a curve, other studies as bars, each by difficulty too.</summary>
internal static class AblationPlots
{
    private const string Axis = "mIoU (0 to 1), mean ± standard deviation over seeds";

    /// <summary>Draws <c>STUDY.png</c> and, where difficulties are known, <c>STUDY-difficulties.png</c> into a folder.</summary>
    public static void Draw(AblationTable table, string folder)
    {
        string path = Path.Combine(folder, $"{table.Study}.png");
        if (table.Values is { } values)
            new LinePlot
            {
                Title = table.Title,
                XLabel = table.Title,
                YLabel = Axis,
                Series =
                [
                    new LineSeries("mIoU", [.. table.Rows.Zip(values, (row, x) => new LinePoint(x, row.MeanIou.Mean, row.MeanIou.Deviation))]),
                    new LineSeries("F", [.. table.Rows.Zip(values, (row, x) => new LinePoint(x, row.FScore.Mean, row.FScore.Deviation))]),
                ],
            }.Save(path);
        else
            new BarPlot
            {
                Title = table.Title,
                ValueLabel = Axis,
                Rows = [.. table.Rows.Select(r => r.Name)],
                Series = [new BarSeries("mIoU", [.. table.Rows.Select(r => new Measured(r.MeanIou.Mean, r.MeanIou.Deviation))])],
            }.Save(path);
        string[] difficulties = [.. table.Rows[0].Difficulties.Select(d => d.Difficulty)];
        if (difficulties.Length == 0)
            return;
        new LinePlot
        {
            Title = $"{table.Title}, by difficulty",
            XLabel = "",
            YLabel = Axis,
            Categories = difficulties,
            Series =
            [
                .. table.Rows.Select(row => new LineSeries(
                    row.Name,
                    [
                        .. difficulties.Select((name, x) => (x, row.Difficulties.FirstOrDefault(d => d.Difficulty == name)))
                            .Where(p => p.Item2 is not null)
                            .Select(p => new LinePoint(p.x, p.Item2!.MeanIou.Mean, p.Item2.MeanIou.Deviation)),
                    ],
                    SeriesStyle.Markers)),
            ],
        }.Save(Path.Combine(folder, $"{table.Study}-difficulties.png"));
    }
}
