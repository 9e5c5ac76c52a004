using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// Optical flow without learned weights: the field that minimises
/// ∫ Ψ(colour constancy) + Ψ(brightness-gradient constancy) + α·g·Ψ(|∇u|² + |∇v|²), Ψ(s²) = √(s² + ε²), from coarse to fine
/// with warping; g is small across edges of the picture, where motion may change. A median filter after every warp removes
/// outliers. Sources: Brox et al., ECCV 2004 (energy and warping); Zimmer et al., IJCV 2011 (normalised data terms); Sun et al.,
/// CVPR 2010 (median). Large frames are made smaller first: the model sees 384×384 pixels.
/// </summary>
internal static class VariationalFlow
{
    /// <summary>The most pixels of a map.</summary>
    public const int MaxPixels = 384 * 384;

    private const int CoarsestSide = 10;
    private const int Warps = 4;

    /// <summary>The size of the map for frames of a size: the frames', or the largest of that shape that has no more than <see cref="MaxPixels"/>.</summary>
    public static (int Width, int Height) MapSize(int width, int height)
    {
        if ((long)width * height <= MaxPixels)
            return (width, height);
        double scale = Math.Sqrt(MaxPixels / ((double)width * height));
        int mapWidth = Math.Max(1, (int)(width * scale)), mapHeight = Math.Max(1, (int)(height * scale));
        return (Math.Min(mapWidth, MaxPixels), Math.Min(mapHeight, MaxPixels));
    }

    /// <summary>The flow of a pair of frames of one size, (2,H,W) of <see cref="MapSize"/>, in pixels of the frames: u right, v down.</summary>
    public static float[] Estimate(Image first, Image second) => Estimate(first, second, new PlanePool());

    /// <inheritdoc cref="Estimate(Image, Image)"/>
    /// <param name="first">The earlier frame.</param>
    /// <param name="second">The later one.</param>
    /// <param name="pool">Serves this estimation alone meanwhile, and others after.</param>
    internal static float[] Estimate(Image first, Image second, PlanePool pool)
    {
        using ProfilerSpan span = Profiler.Module("variational flow");
        List<(FlowPlanes First, FlowPlanes Second)> pyramid = Pyramid(first, second, pool);
        var field = new FlowField(pyramid[^1].First.Grid);
        for (int level = pyramid.Count - 1; level >= 0; level--)
        {
            using ProfilerSpan levelSpan = Profiler.Module("level", level);
            (FlowPlanes a, FlowPlanes b) = pyramid[level];
            if (level < pyramid.Count - 1)
                field = field.Enlarge(a.Grid);
            int mark = pool.Mark;
            var solver = new FlowSolver(a, b);
            for (int warp = 0; warp < Warps; warp++)
            {
                solver.Improve(field);
                field.Median();
            }
            pool.ReturnSince(mark);
        }
        float[] flow = field.ToArray(first.Width, first.Height);
        pool.ReturnSince(0);
        return flow;
    }

    // The finest level first.
    private static List<(FlowPlanes First, FlowPlanes Second)> Pyramid(Image first, Image second, PlanePool pool)
    {
        using ProfilerSpan span = Profiler.Module("pyramid");
        (int width, int height) = MapSize(first.Width, first.Height);
        var grid = new FlowGrid(width, height, pool);
        List<(FlowPlanes First, FlowPlanes Second)> pyramid = [(FlowPlanes.FromImage(first, grid), FlowPlanes.FromImage(second, grid))];
        while (Math.Min(pyramid[^1].First.Grid.Width, pyramid[^1].First.Grid.Height) >= 2 * CoarsestSide)
            pyramid.Add((pyramid[^1].First.Halve(), pyramid[^1].Second.Halve()));
        return pyramid;
    }
}
