using SspNative.Kernels.Cpu;
using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>Variational flow between consecutive frames, for machines without weights of a flow network.</summary>
public static class PyramidFlowEstimator
{
    /// <param name="frames">T frames of one size, T ≥ 2.</param>
    /// <param name="step">Called after every pair, never twice at a time.</param>
    public static ClipFlow Estimate(IReadOnlyList<Image> frames, Action step)
    {
        (int width, int height) = (frames[0].Width, frames[0].Height);
        int values = 2 * width * height;
        var data = new float[(frames.Count - 1) * values];
        var stepping = new Lock();
        CpuThreads.For(frames.Count - 1, pair =>
        {
            VariationalFlow.Estimate(frames[pair], frames[pair + 1]).CopyTo(data, pair * values);
            lock (stepping)
                step();
        });
        return new ClipFlow(data, height, width);
    }
}
