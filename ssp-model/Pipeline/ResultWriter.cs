using SspNative.Engine.Storage;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;

namespace SspNative.Model.Pipeline;

/// <summary>Writes a segmentation: masks, overlays, pictures of flow and pre-masks, and <c>result.json</c>.</summary>
public static class ResultWriter
{
    /// <summary>Path of a frame's mask inside the result.</summary>
    public static string MaskName(int frame) => $"masks/{frame:0000}.png";

    public static void Write(
        ResultDirectory directory, SegmentationReport report, IReadOnlyList<Image> frames, IReadOnlyList<LabelMap> labels, ClipFlow? flow,
        float[] preMask, int maskHeight, int maskWidth, Action step)
    {
        float fullSpeed = flow is null ? 1f : Math.Max(1e-6f, FastestMotion(flow));
        int pixels = maskHeight * maskWidth;
        for (int t = 0; t < frames.Count; t++)
        {
            string name = $"{t:0000}.png";
            PalettePng.Save(directory.NewFile("masks", name), labels[t]);
            Overlay.Paint(frames[t], labels[t]).SavePng(directory.NewFile("overlay", name));
            MapPictures.Grayscale(preMask.AsSpan(t * pixels, pixels), maskWidth, maskHeight).SavePng(directory.NewFile("pre-mask", name));
            if (flow is not null && t + 1 < frames.Count)
                MapPictures.Flow(flow.Pair(t), flow.Width, flow.Height, fullSpeed).SavePng(directory.NewFile("flow", name));
            step();
        }
        File.WriteAllText(directory.NewFile("result.json"), report.ToJson());
    }

    private static float FastestMotion(ClipFlow flow)
    {
        float fastest = 0;
        int pixels = flow.Height * flow.Width;
        for (int pair = 0; pair < flow.Data.Length / (2 * pixels); pair++)
        {
            ReadOnlySpan<float> uv = flow.Pair(pair);
            for (int i = 0; i < pixels; i++)
                fastest = Math.Max(fastest, MathF.Sqrt(uv[i] * uv[i] + uv[pixels + i] * uv[pixels + i]));
        }
        return fastest;
    }
}
