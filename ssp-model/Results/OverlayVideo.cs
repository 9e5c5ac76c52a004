using System.Globalization;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>
/// The clip as a video with what sounds marked. Each picture has the mask of the interval it lies in; masks, flow and pre-masks are read from the result's
/// pictures, so that memory does not grow with the clip.
/// </summary>
/// <param name="folder">Where the pictures of the result are.</param>
/// <param name="clip">The clip.</param>
/// <param name="frames">What was found in each interval of the clip.</param>
internal sealed class OverlayVideo(string folder, ClipSource clip, IReadOnlyList<FrameReport> frames)
{
    /// <summary>Name and score of what was found, beside it.</summary>
    public static IReadOnlyList<OverlayCaption> Captions(IReadOnlyList<FoundObject> objects) =>
    [
        .. objects.Select(o => new OverlayCaption(
            (byte)o.Label, string.Create(CultureInfo.InvariantCulture, $"{o.Name} {o.Score:0.00}"), o.Box[0], o.Box[1])),
    ];

    /// <summary>Writes one video or both.</summary>
    /// <param name="overlay">The file of the marked clip; null for none.</param>
    /// <param name="compare">The file of frame, flow, pre-mask and mask; null for none.</param>
    /// <param name="timer">Counts the pictures.</param>
    /// <exception cref="InputException">The clip cannot be read, or a video cannot be written.</exception>
    public void Write(string? overlay, string? compare, StageTimer timer)
    {
        VideoEncoder? marked = null, panes = null;
        try
        {
            Shown? shown = null;
            int index = 0;
            foreach (Image picture in timer.Each(clip.PlaybackFrames()))
            {
                timer.Step(() =>
                {
                    int t = Math.Min((int)(index++ / clip.PlaybackRate.PerSecond * clip.FramesPerSecond), frames.Count - 1);
                    if (shown?.Index != t)
                        shown = Shown.Load(folder, frames[t], picture);
                    Image painted = shown.Overlay.Paint(picture);
                    if (overlay is not null)
                        (marked ??= Encoder(overlay, painted)).Write(painted);
                    if (compare is not null)
                    {
                        Image four = ComparePanes.Draw(picture, shown.Flow, shown.PreMask, painted);
                        (panes ??= Encoder(compare, four)).Write(four);
                    }
                    return true;
                });
            }
            marked?.Finish();
            panes?.Finish();
        }
        finally
        {
            marked?.Dispose();
            panes?.Dispose();
        }
    }

    private VideoEncoder Encoder(string path, Image picture) =>
        new(path, picture.Width, picture.Height, clip.PlaybackRate, clip.Sound, clip.FrameCount / clip.FramesPerSecond);

    // What is the same for all pictures of an interval.
    private sealed record Shown(int Index, Overlay Overlay, Image? Flow, Image PreMask)
    {
        public static Shown Load(string folder, FrameReport frame, Image picture)
        {
            string Path(string kind) => System.IO.Path.Combine(folder, kind, $"{frame.Index:0000}.png");
            LabelMap mask = PalettePng.Load(Path("masks"));
            if ((mask.Width, mask.Height) != (picture.Width, picture.Height))
                throw new InputException($"the video has pictures of {picture.Width}×{picture.Height} beside those of {mask.Width}×{mask.Height}");
            Image? flow = File.Exists(Path("flow")) ? Image.Load(Path("flow")) : null;
            return new Shown(frame.Index, new Overlay(mask, Captions(frame.Objects)), flow, Image.Load(Path("pre-mask")));
        }
    }
}
