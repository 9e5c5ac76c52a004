using System.Runtime.InteropServices;
using SspNative.Model.Files;

namespace SspNative.Model.Pipeline;

/// <summary>The embedding of each frame's sound in a temporary file, so that memory does not grow with the clip.</summary>
/// <param name="length">Values of an embedding.</param>
internal sealed class SpooledSound(int length) : IDisposable
{
    private readonly RecordFile _file = new(length * sizeof(float));

    /// <summary>Adds the next frame's.</summary>
    public void Append(ReadOnlySpan<float> embedding) => _file.Append(MemoryMarshal.AsBytes(embedding));

    /// <summary>A frame's.</summary>
    public float[] Read(int frame)
    {
        float[] embedding = new float[length];
        _file.Read(frame, MemoryMarshal.AsBytes(embedding.AsSpan()));
        return embedding;
    }

    public void Dispose() => _file.Dispose();
}
