using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// The channels of one frame at one level of the pyramid that flow compares: red, green and blue in 0…1, and the two
/// derivatives of the brightness, which stay when the light changes. Margins are filled.
/// </summary>
internal sealed class FlowPlanes
{
    public const int Colours = 3;
    public const int Channels = 5;

    // Derivatives are small beside colours; this makes their errors count alike.
    private const float DerivativeGain = 3f;

    private FlowPlanes(FlowGrid grid, float[][] colours)
    {
        Grid = grid;
        float[] brightness = grid.NewPlane(), dx = grid.NewPlane(), dy = grid.NewPlane();
        TensorPrimitives.Add(colours[0], colours[1], brightness);
        TensorPrimitives.AddMultiply(brightness, colours[2], DerivativeGain / Colours, brightness);
        grid.FillMargin(brightness);
        grid.Rows((start, end) =>
        {
            for (int y = start; y < end; y++)
                DifferentiateRow(brightness, dx, dy, grid.Row(y), grid.Width, grid.Stride);
        });
        grid.Pool.Return(brightness);
        Planes = [.. colours, dx, dy];
        foreach (float[] plane in Planes)
            grid.FillMargin(plane);
    }

    public FlowGrid Grid { get; }

    /// <summary>The five channels.</summary>
    public float[][] Planes { get; }

    /// <summary>The frame at the finest level's size, slightly smoothed against the noise of 8 bits and sharp edges.</summary>
    public static FlowPlanes FromImage(Image image, FlowGrid grid)
    {
        float[][] planes = (grid.Width, grid.Height) == (image.Width, image.Height) ? Split(image, grid) : AreaAverage.Shrink(image, grid);
        float[][] smooth = [.. planes.Select(plane => grid.Smooth(plane, 0.8f, 0.1f, 0f))];
        foreach (float[] plane in planes)
            grid.Pool.Return(plane);
        return new FlowPlanes(grid, smooth);
    }

    private static float[][] Split(Image image, FlowGrid grid)
    {
        float[][] planes = [grid.NewPlane(), grid.NewPlane(), grid.NewPlane()];
        grid.Rows((start, end) =>
        {
            for (int y = start; y < end; y++)
                for (int x = 0; x < grid.Width; x++)
                    for (int c = 0; c < Colours; c++)
                        planes[c][grid.Row(y) + x] = image.Rgb[3 * (y * grid.Width + x) + c] / 255f;
        });
        return planes;
    }

    /// <summary>The next level: smoothed, and every second pixel of every second row.</summary>
    public FlowPlanes Halve()
    {
        var half = new FlowGrid((Grid.Width + 1) / 2, (Grid.Height + 1) / 2, Grid.Pool);
        float[][] colours = new float[Colours][];
        for (int c = 0; c < Colours; c++)
        {
            float[] smooth = Grid.Smooth(Planes[c], 6 / 16f, 4 / 16f, 1 / 16f), plane = half.NewPlane();
            FlowGrid grid = Grid;
            half.Rows((start, end) =>
            {
                for (int y = start; y < end; y++)
                    for (int x = 0; x < half.Width; x++)
                        plane[half.Row(y) + x] = smooth[grid.Row(2 * y) + 2 * x];
            });
            Grid.Pool.Return(smooth);
            colours[c] = plane;
        }
        return new FlowPlanes(half, colours);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DifferentiateRow(float[] plane, float[] dx, float[] dy, int start, int width, int stride)
    {
        for (int i = start; i < start + width; i += Vector<float>.Count)
        {
            FlowGrid.Difference(plane, i, 1).CopyTo(dx, i);
            FlowGrid.Difference(plane, i, stride).CopyTo(dy, i);
        }
    }
}
