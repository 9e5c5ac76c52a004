using SspNative.Kernels.Operators;

namespace SspNative.Engine.Diagnostics;

internal sealed partial class ProfilingKernels
{
    public void Unary<TOp>(DeviceBuffer x, DeviceBuffer y, long count)
        where TOp : struct, IUnaryOperator
    {
        Counting.Unary<TOp>(x, y, count);
        using Call call = Begin(Traffic.Of(x, y), detail: TOp.Name);
        _kernels.Unary<TOp>(Of(x), Of(y), count);
    }

    public void UnaryBackward<TOp>(DeviceBuffer x, DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long count)
        where TOp : struct, IUnaryOperator
    {
        Counting.UnaryBackward<TOp>(x, y, dy, dx, count);
        using Call call = Begin(Traffic.Of(x, y, dy, dx), detail: TOp.Name);
        _kernels.UnaryBackward<TOp>(Of(x), Of(y), Of(dy), Of(dx), count);
    }

    public void Binary<TOp>(DeviceBuffer a, Shape aShape, DeviceBuffer b, Shape bShape, DeviceBuffer y, Shape shape)
        where TOp : struct, IBinaryOperator
    {
        Counting.Binary<TOp>(a, aShape, b, bShape, y, shape);
        using Call call = Begin(Traffic.Of(a, b, y), detail: TOp.Name);
        _kernels.Binary<TOp>(Of(a), aShape, Of(b), bShape, Of(y), shape);
    }

    public void Affine(DeviceBuffer x, float scale, float shift, DeviceBuffer y, long count)
    {
        Counting.Affine(x, scale, shift, y, count);
        using Call call = Begin(Traffic.Of(x, y));
        _kernels.Affine(Of(x), scale, shift, Of(y), count);
    }

    public void Fill(DeviceBuffer x, float value, long count)
    {
        Counting.Fill(x, value, count);
        using Call call = Begin(Traffic.Of(x));
        _kernels.Fill(Of(x), value, count);
    }

    public void LessThan(DeviceBuffer x, float threshold, DeviceBuffer y, long count)
    {
        Counting.LessThan(x, threshold, y, count);
        using Call call = Begin(Traffic.Of(x, y), isOp: true);
        _kernels.LessThan(Of(x), threshold, Of(y), count);
    }

    public void AdamW(DeviceBuffer parameter, DeviceBuffer gradient, DeviceBuffer m, DeviceBuffer v, long count, in AdamWStep step)
    {
        Counting.AdamW(parameter, gradient, m, v, count, step);
        using Call call = Begin(Traffic.Of(parameter, gradient, m, v), isOp: true);
        _kernels.AdamW(Of(parameter), Of(gradient), Of(m), Of(v), count, step);
    }

    public void InterpolateBilinear(in ResampleShape shape, DeviceBuffer x, DeviceBuffer? lateral, DeviceBuffer y)
    {
        Counting.InterpolateBilinear(shape, x, lateral, y);
        using Call call = Begin(Traffic.Of(x, lateral, y));
        _kernels.InterpolateBilinear(shape, Of(x), OfOrNull(lateral), Of(y));
    }

    public void InterpolateBilinearBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx)
    {
        Counting.InterpolateBilinearBackward(shape, dy, dx);
        using Call call = Begin(Traffic.Of(dy, dx));
        _kernels.InterpolateBilinearBackward(shape, Of(dy), Of(dx));
    }

    public void InterpolateNearest(in ResampleShape shape, DeviceBuffer x, DeviceBuffer y)
    {
        Counting.InterpolateNearest(shape, x, y);
        using Call call = Begin(Traffic.Of(x, y));
        _kernels.InterpolateNearest(shape, Of(x), Of(y));
    }

    public void InterpolateNearestBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx)
    {
        Counting.InterpolateNearestBackward(shape, dy, dx);
        using Call call = Begin(Traffic.Of(dy, dx));
        _kernels.InterpolateNearestBackward(shape, Of(dy), Of(dx));
    }

    public void GridSample(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer y)
    {
        Counting.GridSample(shape, x, grid, y);
        using Call call = Begin(Traffic.Of(x, grid, y));
        _kernels.GridSample(shape, Of(x), Of(grid), Of(y));
    }

    public void GridSampleBackward(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer dy, DeviceBuffer dx, DeviceBuffer dGrid)
    {
        Counting.GridSampleBackward(shape, x, grid, dy, dx, dGrid);
        using Call call = Begin(Traffic.Of(x, grid, dy, dx, dGrid));
        _kernels.GridSampleBackward(shape, Of(x), Of(grid), Of(dy), Of(dx), Of(dGrid));
    }

    public void MaxPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices)
    {
        Counting.MaxPool2d(shape, x, y, indices);
        using Call call = Begin(Traffic.Of(x, y, indices));
        _kernels.MaxPool2d(shape, Of(x), Of(y), Of(indices));
    }

    public void MaxPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx)
    {
        Counting.MaxPool2dBackward(shape, dy, indices, dx);
        using Call call = Begin(Traffic.Of(dy, indices, dx));
        _kernels.MaxPool2dBackward(shape, Of(dy), Of(indices), Of(dx));
    }

    public void AvgPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y)
    {
        Counting.AvgPool2d(shape, x, y);
        using Call call = Begin(Traffic.Of(x, y));
        _kernels.AvgPool2d(shape, Of(x), Of(y));
    }

    public void AvgPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer dx)
    {
        Counting.AvgPool2dBackward(shape, dy, dx);
        using Call call = Begin(Traffic.Of(dy, dx));
        _kernels.AvgPool2dBackward(shape, Of(dy), Of(dx));
    }
}
