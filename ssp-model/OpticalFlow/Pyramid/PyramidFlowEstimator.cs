using System.Collections.Concurrent;
using SspNative.Kernels.Cpu;
using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// Variational flow between consecutive frames, for machines without weights of a flow network. As many pairs at a time as there are threads; a single pair
/// has all threads.
/// </summary>
public sealed class PyramidFlowEstimator : IFlowEstimator
{
    public string Identity => $"pyramid {VariationalFlow.MaxPixels}";

    public (int Height, int Width) SizeOf(Image frame)
    {
        (int width, int height) = VariationalFlow.MapSize(frame.Width, frame.Height);
        return (height, width);
    }

    public int StepsPerPair(Image frame) => 1;

    public IEnumerable<float[]> Estimate(IEnumerable<Image> frames, Action step)
    {
        var stepping = new Lock();
        var waiting = new List<Image>();
        var pools = new ConcurrentBag<PlanePool>();
        foreach (Image frame in frames)
        {
            waiting.Add(frame);
            if (waiting.Count <= CpuThreads.Count)
                continue;
            foreach (float[] flow in EstimateAll(waiting, pools, step, stepping))
                yield return flow;
            waiting.RemoveRange(0, waiting.Count - 1);
        }
        foreach (float[] flow in EstimateAll(waiting, pools, step, stepping))
            yield return flow;
    }

    private static float[][] EstimateAll(List<Image> frames, ConcurrentBag<PlanePool> pools, Action step, Lock stepping)
    {
        var flows = new float[Math.Max(0, frames.Count - 1)][];
        CpuThreads.For(flows.Length, pair =>
        {
            PlanePool pool = pools.TryTake(out PlanePool? free) ? free : new PlanePool();
            flows[pair] = VariationalFlow.Estimate(frames[pair], frames[pair + 1], pool);
            pools.Add(pool);
            lock (stepping)
                step();
        });
        return flows;
    }
}
