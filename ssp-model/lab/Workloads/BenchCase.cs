using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SspNative.Lab.Workloads;

/// <summary>The half of a computation that a case times.</summary>
public enum Pass
{
    /// <summary>The outputs from the inputs.</summary>
    Forward,

    /// <summary>The gradients of all inputs and parameters from a ready-made gradient of the output; the forward before it is not timed.</summary>
    Backward,
}

/// <summary>A piece of work that the engine and a peer both do, described so that either can make its inputs by itself.</summary>
/// <param name="Name">What a table shows, for example <c>linear 9216x512x128</c>.</param>
/// <param name="Kind">Which computation, for example <c>conv2d</c>.</param>
/// <param name="Pass">Which half of it is timed.</param>
/// <param name="Sizes">The integers that the kind reads, by name.</param>
public sealed record BenchCase(string Name, string Kind, Pass Pass, IReadOnlyDictionary<string, int> Sizes);

/// <summary>Cases as JSON in snake_case, on one line.</summary>
public static class BenchCaseJson
{
    /// <summary>Names in snake_case, enumerations as strings, no line breaks.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter<Pass>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        TypeInfoResolver = BenchCaseContext.Default,
    };

    /// <summary>How a case is read and written.</summary>
    public static JsonTypeInfo Type => Options.GetTypeInfo(typeof(BenchCase));

    /// <summary>The case as one line of JSON.</summary>
    public static string Write(BenchCase work) => JsonSerializer.Serialize(work, Type);

    /// <summary>The case that a line of JSON describes.</summary>
    /// <exception cref="JsonException">The text is no JSON, or a field is missing or of another type.</exception>
    public static BenchCase Read(string json) =>
        (BenchCase?)JsonSerializer.Deserialize(json, Type) ?? throw new JsonException("the case is null");
}

/// <summary>
/// How a case is read and written, known when this is compiled: to find it out at run time takes two megabytes of the process that is measured.
/// </summary>
[JsonSerializable(typeof(BenchCase))]
internal sealed partial class BenchCaseContext : JsonSerializerContext;
