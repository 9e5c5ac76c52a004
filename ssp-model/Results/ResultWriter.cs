using SspNative.Engine.Storage;
using SspNative.Model.Media;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>Which videos are written beside the pictures.</summary>
/// <param name="Overlay"><c>overlay.mp4</c>: the clip at its own rate and size, with its sound and with what sounds marked.</param>
/// <param name="Compare"><c>compare.mp4</c>: frame, flow, pre-mask and mask side by side.</param>
public sealed record ResultVideos(bool Overlay = false, bool Compare = false);

/// <summary>
/// Writes a segmentation while it is computed: masks, overlays, pictures of flow and pre-masks, <c>coco.json</c>, the page <c>index.html</c>, videos where they
/// are asked for, <c>timeline.csv</c> and <c>result.json</c>.
/// </summary>
public sealed class ResultWriter : IDisposable
{
    /// <summary>What such a result is called in messages.</summary>
    private const string Kind = "masks of a clip";

    private readonly ResultDirectory _directory;
    private readonly ResultVideos _videos;

    /// <param name="target">The folder to make; a former result is replaced.</param>
    /// <param name="videos">The videos to write; null for none.</param>
    /// <exception cref="InputException">The folder has files that are not a former result's, or cannot be made.</exception>
    public ResultWriter(string target, ResultVideos? videos = null)
    {
        _directory = new ResultDirectory(target, Kind);
        _videos = videos ?? new ResultVideos();
    }

    /// <summary>Runs a segmentation and writes it, whole or not at all.</summary>
    /// <exception cref="InputException">The clip cannot be read, or lies in the result's folder, or a video cannot be written.</exception>
    public SegmentationReport Write(ClipSegmentation segmentation)
    {
        _directory.RequireOutside(segmentation.Clip.Location);
        if (segmentation.Clip.Sound is { } sound)
            _directory.RequireOutside(sound.Path);
        segmentation.Networks.Device.ResetPeak();
        var frames = new List<FrameReport>();
        int width = 0, height = 0;
        StageTimer? timer = null;
        using var coco = new CocoWriter(_directory.NewFile("coco.json"), index => $"overlay/{FileName(index)}", segmentation.Clip.FramesPerSecond);
        using var page = new ResultPage(_directory.Path, segmentation.Clip);
        foreach (SegmentedFrame frame in segmentation.Frames())
        {
            (width, height) = (frame.Picture.Width, frame.Picture.Height);
            timer ??= segmentation.Clock.Start("write", segmentation.Clip.FrameCount);
            frames.Add(timer.Step(() => Write(frame, coco, page)));
        }
        coco.Finish(width, height);
        WriteVideos(segmentation, frames);
        var report = SegmentationReport.From(segmentation, width, height, frames);
        File.WriteAllText(_directory.NewFile("timeline.csv"), Timeline.ToCsv(Timeline.Of(report)));
        page.Finish(report);
        using (FileStream file = File.Create(_directory.NewFile("result.json")))
            report.WriteJson(file);
        _directory.Commit();
        return report;
    }

    public void Dispose() => _directory.Dispose();

    private FrameReport Write(SegmentedFrame frame, CocoWriter coco, ResultPage page)
    {
        string name = FileName(frame.Index);
        PalettePng.Save(_directory.NewFile("masks", name), frame.Mask);
        new Overlay(frame.Mask, OverlayVideo.Captions(frame.Objects)).Paint(frame.Picture).SavePng(_directory.NewFile("overlay", name));
        Image preMask = MapPictures.Grayscale(frame.PreMask[0], frame.PreMask.Width, frame.PreMask.Height);
        Image? flow = frame.Motion?.ToPicture();
        preMask.SavePng(_directory.NewFile("pre-mask", name));
        flow?.SavePng(_directory.NewFile("flow", name));
        RunLengthMask[] masks = [.. frame.Objects.Select(o => RunLengthMask.Encode(frame.Mask, o.Label))];
        coco.Append(frame, masks);
        page.Append(frame, masks, flow, preMask, name);
        return new FrameReport(frame.Index, frame.Time, $"masks/{name}", frame.Objects);
    }

    // Of a frame's pictures, each kind of which has a folder.
    private static string FileName(int index) => $"{index:0000}.png";

    private void WriteVideos(ClipSegmentation segmentation, IReadOnlyList<FrameReport> frames)
    {
        if (!_videos.Overlay && !_videos.Compare)
            return;
        ClipSource clip = segmentation.Clip;
        double seconds = frames.Count / clip.FramesPerSecond;
        StageTimer timer = segmentation.Clock.Start("video", (int)Math.Ceiling(seconds * clip.PlaybackRate.PerSecond));
        var video = new OverlayVideo(_directory.Path, clip, frames);
        video.Write(
            _videos.Overlay ? _directory.NewFile("overlay.mp4") : null, _videos.Compare ? _directory.NewFile("compare.mp4") : null, timer);
    }
}
