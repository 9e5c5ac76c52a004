using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace SspNative.Lab.Workloads;

/// <summary>What a case computed, so that engine and peer can be compared. Peers use this same file.</summary>
/// <param name="Name">As published.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Row-major.</param>
public sealed record CaseOutput(string Name, int[] Shape, float[] Values)
{
    /// <summary>The JSON: <c>name</c>, <c>shape</c>, and <c>values</c> in base 64, little-endian.</summary>
    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["shape"] = new JsonArray([.. Shape.Select(n => (JsonNode)n)]),
        ["values"] = Convert.ToBase64String(MemoryMarshal.AsBytes(Values.AsSpan())),
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote; null if it is anything else.</summary>
    public static CaseOutput? Read(JsonNode? node)
    {
        if (node is not JsonObject || node["name"] is not JsonValue name || node["shape"] is not JsonArray shape || node["values"] is not JsonValue values)
            return null;
        try
        {
            float[] numbers = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(values.GetValue<string>())).ToArray();
            int[] sizes = [.. shape.Select(n => n!.GetValue<int>())];
            return sizes.Aggregate(1L, (a, b) => a * b) == numbers.Length ? new CaseOutput(name.GetValue<string>(), sizes, numbers) : null;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
