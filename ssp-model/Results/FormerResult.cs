using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>Whether a folder has the result that a segmentation would write, so that a run that was ended goes on where it was.</summary>
public static class FormerResult
{
    /// <summary>A larger report is no segmentation's: a frame takes about 200 bytes, and a clip has 36,000 at most.</summary>
    private const int MostBytes = 64 << 20;

    /// <summary>
    /// Whether the folder has a whole result of the same clip with the same weights and options, made since the clip was last changed, and the videos that
    /// are asked for.
    /// </summary>
    public static bool IsOf(string folder, ClipSegmentation segmentation, ResultVideos videos)
    {
        var file = new FileInfo(Path.Combine(folder, "result.json"));
        string clip = segmentation.Clip.Location;
        if (!file.Exists || file.LastWriteTimeUtc < LastChange(clip) || (videos.Overlay && !Has("overlay.mp4")) || (videos.Compare && !Has("compare.mp4")))
            return false;
        try
        {
            var former = ConfigJson.Parse<SegmentationReport>(RegularFile.ReadText(file.FullName, MostBytes));
            return Key(former) == Key(SegmentationReport.From(segmentation, former.Width, former.Height, []));
        }
        catch (InvalidDataException)
        {
            // Written by another version, or not by us: the writer judges whether it may be replaced.
            return false;
        }

        bool Has(string name) => File.Exists(Path.Combine(folder, name));
    }

    // Of a folder with its sound and frames: a file that was written over does not change the folder's own time.
    private static DateTime LastChange(string clip)
    {
        string frames = Path.Combine(clip, FolderClip.FramesFolder);
        IEnumerable<string> parts = Directory.Exists(clip) ? Directory.EnumerateFiles(clip) : [];
        if (Directory.Exists(frames))
            parts = [.. parts, frames, .. Directory.EnumerateFiles(frames)];
        return parts.Append(clip).Max(File.GetLastWriteTimeUtc);
    }

    private static (string, double, bool, string, string?, string?, string?, (string, string, string, string, string)) Key(SegmentationReport r) =>
        (r.Input, r.FramesPerSecond, r.HasAudio, r.Task, r.ModelId, r.A1, r.A2, (r.Flow, r.Tau, r.Motion, r.InferenceMask, r.Device));
}
