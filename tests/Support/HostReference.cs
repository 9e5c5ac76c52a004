using SspNative.Engine.Serialization;
using Xunit;

namespace SspNative.Tests.Support;

/// <summary>A reference case read straight into host arrays, for the parts that work without tensors.</summary>
internal sealed class HostReference(string name)
{
    private readonly string _path = Path.Combine(AppContext.BaseDirectory, "reference", name + ".safetensors");

    public int[] Shape(string tensor) => Read(file => file.Find(tensor)!.Shape.ToArray());

    public float[] Floats(string tensor) => Read(file => file.ReadFloats(tensor));

    public byte[] Bytes(string tensor) => Read(file => file.ReadBytes(tensor));

    /// <summary>rms(ours − reference)/rms(reference).</summary>
    public static double RelativeError(ReadOnlySpan<float> ours, ReadOnlySpan<float> reference)
    {
        Assert.Equal(reference.Length, ours.Length);
        double error = 0, size = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            error += Math.Pow((double)ours[i] - reference[i], 2);
            size += Math.Pow(reference[i], 2);
        }
        return Math.Sqrt(error / size);
    }

    private T Read<T>(Func<SafetensorsFile, T> read)
    {
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        return read(file);
    }
}
