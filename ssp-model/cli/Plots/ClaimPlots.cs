using SspNative.Lab.Ablation.Claims;

namespace SspNative.Cli.Plots;

/// <summary>The pictures of a claims study.</summary>
internal static class ClaimPlots
{
    /// <summary>Largest λ' that the curve of the post-mask shows.</summary>
    private const int MostWeight = 20;

    /// <summary>Draws <c>claims.png</c>, a picture for each claim, and for C2 <c>post-mask.png</c>.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="stillFound">By λ': the share of still sounding pixels that a model finds; none where C2 was not run.</param>
    /// <param name="folder">Where to.</param>
    public static void Draw(ClaimsReport report, IReadOnlyList<(double Weight, double Found)> stillFound, string folder)
    {
        ClaimVerdict[] verdicts = [.. report.Findings.Select(f => f.Verdict)];
        new LinePlot
        {
            Title = "What the paper's modules gain",
            XLabel = "",
            YLabel = "paired difference in mIoU, mean and widest half of the 95 % interval",
            Categories = [.. verdicts.Select(v => $"{v.Claim} {ClaimsReport.Word(v.Verdict)}")],
            Series =
            [
                Series("least gain", v => v.Gains.MinBy(g => g.Effect.Mean)!.Effect), Series("shuffled input", v => v.Shuffled.Effect),
                Series("oracle input", v => v.Oracle.Effect),
            ],
        }.Save(Path.Combine(folder, "claims.png"));
        foreach (ClaimFinding finding in report.Findings)
            new BarPlot
            {
                Title = Claim.By(finding.Claim).Question,
                ValueLabel = "mIoU (0 to 1), mean ± standard deviation over seeds",
                Rows = [.. finding.Rows.Select(r => r.Name)],
                Series = [new BarSeries("mIoU", [.. finding.Rows.Select(r => new Measured(r.MeanIou.Mean, r.MeanIou.Deviation))])],
            }.Save(Path.Combine(folder, $"{finding.Claim}.png"));
        if (stillFound.Count > 0)
            DrawPostMask(stillFound, folder);

        LineSeries Series(string name, Func<ClaimVerdict, Effect> of) => new(
            name,
            [.. verdicts.Select(of).Select((e, i) => new LinePoint(i, e.Mean, Math.Max(e.High - e.Mean, e.Mean - e.Low)))],
            SeriesStyle.Markers);
    }

    private static void DrawPostMask(IReadOnlyList<(double Weight, double Found)> stillFound, string folder)
    {
        var curve = new LineSeries(
            "p* = 5/(5 + λ'), the optimum there", [.. Enumerable.Range(0, MostWeight + 1).Select(w => new LinePoint(w, PostMaskOptimum.Probability(w)))],
            SeriesStyle.Line);
        var measured = new LineSeries(
            "share of these pixels that is found", [.. stillFound.Select(f => new LinePoint(f.Weight, f.Found))], SeriesStyle.Markers);
        new LinePlot
        {
            Title = "The post-mask where what sounds keeps still",
            XLabel = "weight λ' of the post-mask loss",
            YLabel = "probability, or share (0 to 1)",
            Series = [curve, measured],
        }.Save(Path.Combine(folder, "post-mask.png"));
    }
}
