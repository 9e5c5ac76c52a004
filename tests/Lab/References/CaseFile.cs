using System.Runtime.InteropServices;
using SspNative.Tests.Serialization;

namespace SspNative.Tests.Lab.References;

/// <summary>Builds small reference cases, well-formed unless told otherwise.</summary>
internal sealed class CaseFile
{
    private readonly List<(string, string, int[], byte[])> _tensors = [];

    public Dictionary<string, string> Metadata { get; } = new()
    {
        ["module"] = "test.copy",
        ["config"] = """{"scale": 2}""",
        ["weights"] = "stored",
        ["seed"] = "1",
    };

    /// <summary>A case whose module returns its input: y = x = (1, 2, 3).</summary>
    public static CaseFile Copy() => new CaseFile().Add("input.x", [3], 1f, 2f, 3f).Add("output.y", [3], 1f, 2f, 3f);

    public CaseFile Add(string name, int[] shape, params float[] values) =>
        AddRaw(name, "F32", shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    public CaseFile AddIntegers(string name, int[] shape, params long[] values) =>
        AddRaw(name, "I64", shape, MemoryMarshal.AsBytes<long>(values).ToArray());

    public CaseFile AddRaw(string name, string type, int[] shape, byte[] data)
    {
        _tensors.RemoveAll(t => t.Item1 == name);
        _tensors.Add((name, type, shape, data));
        return this;
    }

    public CaseFile With(string key, string value)
    {
        Metadata[key] = value;
        return this;
    }

    public CaseFile Without(string name)
    {
        Metadata.Remove(name);
        _tensors.RemoveAll(t => t.Item1 == name);
        return this;
    }

    public string Write(string path) => RawSafetensors.Write(path, Metadata, [.. _tensors]);
}
