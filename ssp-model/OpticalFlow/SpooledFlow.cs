using System.Runtime.InteropServices;
using SspNative.Model.Files;

namespace SspNative.Model.OpticalFlow;

/// <summary>Optical flow of a clip in a temporary file, so that memory does not grow with the clip.</summary>
/// <param name="height">H of the maps.</param>
/// <param name="width">W of the maps.</param>
internal sealed class SpooledFlow(int height, int width) : IClipFlow, IDisposable
{
    private readonly RecordFile _file = new(2 * height * width * sizeof(float));
    private readonly float[] _pair = new float[2 * height * width];
    private int _read = -1;

    public int Pairs => _file.Count;

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int FrameHeight { get; init; } = height;

    public int FrameWidth { get; init; } = width;

    public double Interval { get; init; } = 1;

    /// <summary>Adds the flow of the next pair, (2,H,W).</summary>
    public void Append(ReadOnlySpan<float> pair) => _file.Append(MemoryMarshal.AsBytes(pair));

    public ReadOnlySpan<float> Pair(int index)
    {
        if (_read != index)
            _file.Read(index, MemoryMarshal.AsBytes(_pair.AsSpan()));
        _read = index;
        return _pair;
    }

    public void Dispose() => _file.Dispose();
}
