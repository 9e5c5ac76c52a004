using System.Runtime.InteropServices;
using SspNative.Model.Files;

namespace SspNative.Model.Pipeline;

/// <summary>A tensor of one shape for each frame of a clip, in a temporary file, so that memory does not grow with the clip.</summary>
/// <param name="shape">The shape of a frame's, the first dimension being 1.</param>
internal sealed class SpooledTensors(Shape shape) : IDisposable
{
    private readonly RecordFile _file = new((int)shape.Count * sizeof(float));

    public int Count => _file.Count;

    /// <summary>Adds the next frame's.</summary>
    public void Append(Tensor tensor) => _file.Append(MemoryMarshal.AsBytes(tensor.ToArray().AsSpan()));

    /// <summary>A frame's, on a device.</summary>
    public Tensor Read(int frame, IDevice device)
    {
        float[] values = new float[shape.Count];
        _file.Read(frame, MemoryMarshal.AsBytes(values.AsSpan()));
        return Tensor.FromArray(values, shape, device);
    }

    public void Dispose() => _file.Dispose();
}
