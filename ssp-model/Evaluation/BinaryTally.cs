using SspNative.Model.Media;
using SspNative.Model.Metrics;

namespace SspNative.Model.Evaluation;

/// <summary>Masks of what sounds and what does not.</summary>
internal sealed class BinaryTally : SplitTally
{
    // One batch, never full, so that a class's frames share one curve of F.
    private static readonly AvsProtocol _allFrames = new("class", int.MaxValue);

    private readonly AvsBinaryMetrics _avsBench = new(AvsProtocol.AvsBench), _aavs = new(AvsProtocol.Aavs), _aavs224 = new(AvsProtocol.Aavs224);
    private bool _has224;
    private readonly GlobalConfusion _global = new(2);
    private readonly SortedDictionary<byte, AvsBinaryMetrics> _classes = [];

    public override double Add(IReadOnlyList<FoundFrame> found, IReadOnlyList<LabelMap> truth, bool hasClasses)
    {
        var frames = new BinaryFrameScore[truth.Count];
        for (int t = 0; t < frames.Length; t++)
        {
            byte[] mask = found[t].Mask.Labels.Labels, target = truth[t].ToBinary().Labels;
            frames[t] = BinaryFrameScore.Score(mask, SoundingScores(mask, found[t].Mask.Confidence), target);
            _global.AddFrame(mask, target);
            if (hasClasses)
                AddToClasses(frames[t], truth[t]);
        }
        _avsBench.AddVideo(frames);
        _aavs.AddVideo(frames);
        AddAt224(found, truth);
        return frames.Average(f => f.Iou);
    }

    public override IReadOnlyList<ProtocolScore> Protocols()
    {
        AvsBinaryReport four = _avsBench.Report(), one = _aavs.Report();
        GlobalReport global = _global.Report();
        List<ProtocolScore> scores =
        [
            new ProtocolScore(ProtocolNames.AvsBench, $"batches of {four.Protocol.VideosPerBatch} videos", four.MeanIou, four.FScore),
            new ProtocolScore(ProtocolNames.Aavs, "every video by itself", one.MeanIou, one.FScore),
            new ProtocolScore(ProtocolNames.Global, "one confusion matrix; background and what sounds", global.MeanIou, global.FScore),
        ];
        if (_has224)
            scores.Add(new ProtocolScore(
                ProtocolNames.Aavs224, "every video by itself, at 224×224", _aavs224.Report().MeanIou, _aavs224.Report().FScore));
        return scores;
    }

    public override IReadOnlyList<ClassScore> Classes() => [.. _classes.Select(c => ScoreOf(c.Key, c.Value.Report()))];

    private void AddAt224(IReadOnlyList<FoundFrame> found, IReadOnlyList<LabelMap> truth)
    {
        BinaryFrameScore[] frames =
            [.. found.Zip(truth).Where(f => f.First.At224 is not null).Select(f => Aavs224.Score(f.First.At224!.Scores, Aavs224.Truth(f.Second)))];
        if (frames.Length == 0)
            return;
        _aavs224.AddVideo(frames);
        _has224 = true;
    }

    private static ClassScore ScoreOf(byte label, AvsBinaryReport report) =>
        new(label, NameOf(label, Palette.ClassNames.Count), report.Frames, report.MeanIou, report.FScore);

    private void AddToClasses(BinaryFrameScore frame, LabelMap truth)
    {
        Span<bool> sounds = stackalloc bool[byte.MaxValue + 1];
        sounds.Clear();
        foreach (byte label in truth.Labels)
            sounds[label] = true;
        for (int label = 1; label < sounds.Length; label++)
            if (sounds[label])
            {
                if (!_classes.TryGetValue((byte)label, out AvsBinaryMetrics? metrics))
                    _classes.Add((byte)label, metrics = new AvsBinaryMetrics(_allFrames));
                metrics.AddVideo([frame]);
            }
    }

    // With two classes the background's relative score is what the sounding class lacks to 1.
    private static float[] SoundingScores(byte[] mask, float[] confidence)
    {
        float[] scores = new float[mask.Length];
        for (int i = 0; i < scores.Length; i++)
            scores[i] = mask[i] != 0 ? confidence[i] : 1 - confidence[i];
        return scores;
    }
}
