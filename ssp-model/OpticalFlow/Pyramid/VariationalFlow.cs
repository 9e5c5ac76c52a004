using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// Optical flow without learned weights: the field that minimises
/// ∫ Ψ(colour constancy) + Ψ(brightness-gradient constancy) + α·g·Ψ(|∇u|² + |∇v|²), Ψ(s²) = √(s² + ε²), from coarse to fine
/// with warping; g is small across edges of the picture, where motion may change. A median filter after every warp removes
/// outliers. Sources: Brox et al., ECCV 2004 (energy and warping); Zimmer et al., IJCV 2011 (normalised data terms); Sun et al.,
/// CVPR 2010 (median).
/// </summary>
public static class VariationalFlow
{
    private const int CoarsestSide = 10;
    private const int Warps = 4;

    /// <summary>The flow of a pair of frames of one size, (2,H,W) in pixels: u right, v down.</summary>
    public static float[] Estimate(Image first, Image second)
    {
        using ProfilerSpan span = Profiler.Module("variational flow");
        List<(FlowPlanes First, FlowPlanes Second)> pyramid = Pyramid(first, second);
        var field = new FlowField(pyramid[^1].First.Grid);
        for (int level = pyramid.Count - 1; level >= 0; level--)
        {
            using ProfilerSpan levelSpan = Profiler.Module("level", level);
            (FlowPlanes a, FlowPlanes b) = pyramid[level];
            if (level < pyramid.Count - 1)
                field = field.Enlarge(a.Grid);
            var solver = new FlowSolver(a, b);
            for (int warp = 0; warp < Warps; warp++)
            {
                solver.Improve(field);
                field.Median();
            }
        }
        return field.ToArray();
    }

    // The finest level first.
    private static List<(FlowPlanes First, FlowPlanes Second)> Pyramid(Image first, Image second)
    {
        using ProfilerSpan span = Profiler.Module("pyramid");
        List<(FlowPlanes First, FlowPlanes Second)> pyramid = [(FlowPlanes.FromImage(first), FlowPlanes.FromImage(second))];
        while (Math.Min(pyramid[^1].First.Grid.Width, pyramid[^1].First.Grid.Height) >= 2 * CoarsestSide)
            pyramid.Add((pyramid[^1].First.Halve(), pyramid[^1].Second.Halve()));
        return pyramid;
    }
}
