using System.Text.Json;
using System.Text.Json.Serialization;
using SspNative.Lab.Ablation;
using SspNative.Lab.Ablation.Claims;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Verification;
using SspNative.Lab.Workloads;
using SspNative.Model.Config;

namespace SspNative.Lab;

/// <summary>What the lab writes, and reads back, as JSON in the form of <see cref="ConfigJson"/>.</summary>
public static class LabJson
{
    public static JsonSerializerOptions Options { get; } = ConfigJson.With(LabJsonContext.Default);

    private static readonly JsonSerializerOptions _bench = new(BenchCaseJson.Options) { TypeInfoResolver = LabJsonContext.Default, WriteIndented = true };

    /// <summary>A report as a text of JSON.</summary>
    public static string Write<T>(T report) => ConfigJson.Write(report, Options);

    /// <summary>A measurement as a text of JSON, with cases as peers are asked for them.</summary>
    public static string WriteBench<T>(T measured) => ConfigJson.Write(measured, _bench);
}

/// <summary>Every type of the lab that is read from JSON or written as JSON, known when this is compiled. Types inside them follow by themselves.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AblationReport))]
[JsonSerializable(typeof(AblationScore))]
[JsonSerializable(typeof(AblationSetting))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(ClaimsReport))]
[JsonSerializable(typeof(ClipReport))]
[JsonSerializable(typeof(GrowthCurve[]))]
[JsonSerializable(typeof(IReadOnlyList<ModuleCost>))]
[JsonSerializable(typeof(IReadOnlyList<PhaseForecast>))]
[JsonSerializable(typeof(PrecisionReport))]
[JsonSerializable(typeof(ProfileReport))]
[JsonSerializable(typeof(IRoof))]
[JsonSerializable(typeof(VerificationReport))]
internal sealed partial class LabJsonContext : JsonSerializerContext;
