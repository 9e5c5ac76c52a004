using SspNative.Engine.Storage;
using SspNative.Model.Media;

namespace SspNative.Model.Pipeline;

/// <summary>Writes a segmentation while it is computed: masks, overlays, pictures of flow and pre-masks, and <c>result.json</c>.</summary>
public sealed class ResultWriter : IDisposable
{
    /// <summary>What such a result is called in messages.</summary>
    private const string Kind = "masks of a clip";

    private readonly ResultDirectory _directory;

    /// <param name="target">The folder to make; a former result is replaced.</param>
    /// <exception cref="InputException">The folder has files that are not a former result's, or cannot be made.</exception>
    public ResultWriter(string target) => _directory = new ResultDirectory(target, Kind);

    /// <summary>Runs a segmentation and writes it, whole or not at all.</summary>
    /// <param name="segmentation">The segmentation.</param>
    public SegmentationReport Write(ClipSegmentation segmentation)
    {
        segmentation.Stage.Device.ResetPeak();
        var frames = new List<FrameReport>();
        int width = 0, height = 0;
        StageTimer? timer = null;
        foreach (SegmentedFrame frame in segmentation.Frames())
        {
            (width, height) = (frame.Picture.Width, frame.Picture.Height);
            timer ??= segmentation.Clock.Start("write", segmentation.Clip.FrameCount);
            frames.Add(timer.Step(() => Write(frame)));
        }
        var report = SegmentationReport.From(segmentation, width, height, frames);
        File.WriteAllText(_directory.NewFile("result.json"), report.ToJson());
        _directory.Commit();
        return report;
    }

    public void Dispose() => _directory.Dispose();

    private FrameReport Write(SegmentedFrame frame)
    {
        string name = $"{frame.Index:0000}.png";
        PalettePng.Save(_directory.NewFile("masks", name), frame.Mask);
        Overlay.Paint(frame.Picture, frame.Mask).SavePng(_directory.NewFile("overlay", name));
        MapPictures.Grayscale(frame.PreMask[0], frame.PreMask.Width, frame.PreMask.Height).SavePng(_directory.NewFile("pre-mask", name));
        frame.Motion?.ToPicture().SavePng(_directory.NewFile("flow", name));
        return new FrameReport(frame.Index, frame.Time, $"masks/{name}", frame.Objects);
    }
}
