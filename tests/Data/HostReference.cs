using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit;

namespace SspNative.Tests;

/// <summary>A reference case read straight into host arrays, for the parts that work without tensors.</summary>
internal sealed class HostReference
{
    private readonly byte[] _file;
    private readonly int _dataStart;
    private readonly JsonElement _header;

    public HostReference(string name)
    {
        _file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "reference", name + ".safetensors"));
        int headerLength = (int)BitConverter.ToUInt64(_file);
        _dataStart = 8 + headerLength;
        _header = JsonDocument.Parse(_file.AsMemory(8, headerLength)).RootElement;
    }

    public int[] Shape(string tensor) =>
        [.. _header.GetProperty(tensor).GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];

    public float[] Floats(string tensor) => MemoryMarshal.Cast<byte, float>(Bytes(tensor)).ToArray();

    public byte[] Bytes(string tensor)
    {
        JsonElement offsets = _header.GetProperty(tensor).GetProperty("data_offsets");
        return _file[(_dataStart + offsets[0].GetInt32())..(_dataStart + offsets[1].GetInt32())];
    }

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
}
