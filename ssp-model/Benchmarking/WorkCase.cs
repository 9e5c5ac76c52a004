using System.Text.Json;
using System.Text.Json.Serialization;

namespace SspNative.Model.Benchmarking;

/// <summary>Which half of a differentiable computation is timed.</summary>
public enum Pass
{
    Forward,
    Backward,
}

/// <summary>One computation to be timed: a kind, such as <c>conv2d</c>, and its sizes by name.</summary>
public sealed record WorkCase(string Name, string Kind, Pass Pass, IReadOnlyDictionary<string, int> Sizes)
{
    private static readonly JsonSerializerOptions _options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static WorkCase FromJson(string json) =>
        JsonSerializer.Deserialize<WorkCase>(json, _options) ?? throw new InvalidDataException("a work case must be an object");

    public string ToJson() => JsonSerializer.Serialize(this, _options);
}
