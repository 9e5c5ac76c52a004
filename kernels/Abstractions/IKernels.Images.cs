namespace SspNative.Kernels;

/// <summary>Resampling of x (B,H,W,C) to y (B,Hout,Wout,C).</summary>
public readonly record struct ResampleShape(int B, int H, int W, int C, int Hout, int Wout);

/// <summary>Pooling with a square window over x (B,H,W,C), no padding.</summary>
public readonly record struct PoolShape(int B, int H, int W, int C, int Kernel, int Stride)
{
    public int Hout => (H - Kernel) / Stride + 1;

    public int Wout => (W - Kernel) / Stride + 1;
}

public partial interface IKernels
{
    /// <summary>y = lateral + bilinear(x), align_corners false, no antialiasing; lateral may be null, or y itself.</summary>
    void InterpolateBilinear(in ResampleShape shape, DeviceBuffer x, DeviceBuffer? lateral, DeviceBuffer y);

    void InterpolateBilinearBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx);

    /// <summary>PyTorch's mode "nearest": source index = floor(output index · in/out).</summary>
    void InterpolateNearest(in ResampleShape shape, DeviceBuffer x, DeviceBuffer y);

    void InterpolateNearestBackward(in ResampleShape shape, DeviceBuffer dy, DeviceBuffer dx);

    /// <summary>y (B,Hout,Wout,C): bilinear samples of x at grid (B,Hout,Wout,2) of (x,y) in −1…1; zeros outside, align_corners false.</summary>
    void GridSample(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer y);

    void GridSampleBackward(in ResampleShape shape, DeviceBuffer x, DeviceBuffer grid, DeviceBuffer dy, DeviceBuffer dx, DeviceBuffer dGrid);

    /// <summary>Window maxima; <paramref name="indices"/> (I64, like y) is the flat position of the first one in the map H·W; NaN is ordered like +∞.</summary>
    void MaxPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices);

    void MaxPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx);

    void AvgPool2d(in PoolShape shape, DeviceBuffer x, DeviceBuffer y);

    void AvgPool2dBackward(in PoolShape shape, DeviceBuffer dy, DeviceBuffer dx);
}
