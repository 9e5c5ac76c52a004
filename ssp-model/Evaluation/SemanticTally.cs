using SspNative.Model.Media;
using SspNative.Model.Metrics;

namespace SspNative.Model.Evaluation;

/// <summary>Masks that give every pixel one of a number of classes.</summary>
internal sealed class SemanticTally(int classes) : SplitTally
{
    private readonly AvssSemanticMetrics _avsBench = new(classes), _aavs224 = new(classes);
    private readonly GlobalConfusion _global = new(classes);
    private bool _has224;

    public override double Add(IReadOnlyList<FoundFrame> found, IReadOnlyList<LabelMap> truth, bool hasClasses)
    {
        double sum = 0;
        var pixels = new ClassPixels[classes];
        for (int t = 0; t < truth.Count; t++)
        {
            var frame = new GlobalConfusion(classes);
            frame.AddFrame(found[t].Mask.Labels.Labels, truth[t].Labels);
            for (int c = 0; c < classes; c++)
                pixels[c] = frame.Pixels(c);
            _avsBench.AddFrame(pixels);
            _global.Add(frame);
            if (found[t].At224 is { } at224)
            {
                _aavs224.AddFrame(at224.Labels, truth[t].ResizeNearest(Aavs224.Size, Aavs224.Size).Labels);
                _has224 = true;
            }
            sum += pixels.Where(p => p.Union > 0).Average(p => p.Iou);
        }
        return sum / truth.Count;
    }

    public override IReadOnlyList<ProtocolScore> Protocols()
    {
        AvssSemanticReport report = _avsBench.Report();
        GlobalReport global = _global.Report();
        int seen = report.ClassesSeen, seenBesidesBackground = report.Classes.Skip(1).Count(c => c.Frames > 0);
        List<ProtocolScore> scores =
        [
            new(ProtocolNames.AvsBench, $"all {classes} classes", report.MeanIou, report.FScore),
            new(
                ProtocolNames.AvsBenchWithoutBackground, $"all {classes - 1} classes but the background", report.MeanIouWithoutBackground,
                report.FScoreWithoutBackground),
            new(ProtocolNames.AvsBenchSeen, $"the {seen} classes that occur", report.MeanIouOfSeen, report.FScoreOfSeen),
            new(
                ProtocolNames.AvsBenchSeenWithoutBackground, $"the {seenBesidesBackground} classes that occur, without the background",
                report.MeanIouOfSeenWithoutBackground, report.FScoreOfSeenWithoutBackground),
            new(ProtocolNames.Global, $"one confusion matrix; the {global.ClassesSeen} classes that occur", global.MeanIou, global.FScore),
        ];
        if (_has224)
            scores.Add(new(ProtocolNames.Aavs224, $"all {classes} classes, at 224×224", _aavs224.Report().MeanIou, _aavs224.Report().FScore));
        return scores;
    }

    public override IReadOnlyList<ClassScore> Classes() =>
    [
        .. _avsBench.Report().Classes.Index().Where(c => c.Item.Frames > 0)
            .Select(c => new ClassScore(c.Index, NameOf(c.Index, classes), c.Item.Frames, c.Item.Iou, c.Item.FScore)),
    ];
}
