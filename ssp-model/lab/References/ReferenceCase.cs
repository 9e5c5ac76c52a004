using System.Text.Json;
using SspNative.Engine.Serialization;

namespace SspNative.Lab.References;

/// <summary>
/// One reference case: a safetensors file with the inputs and weights of an op or a module (or the seed to make them from),
/// and with the outputs and gradients that the original computes in float64.
/// </summary>
public sealed class ReferenceCase : IDisposable
{
    internal const string InputPrefix = "input.";
    internal const string WeightPrefix = "weight.";
    internal const string OutputPrefix = "output.";
    internal const string GradPrefix = "grad.";
    internal const string CotangentPrefix = "cotangent.";

    internal ReferenceCase(SafetensorsFile file) => File = file;

    public string Path => File.Path;

    /// <summary>Which op or module computes it, for instance <c>op.conv2d</c>.</summary>
    public required string Module { get; init; }

    /// <summary>The module's settings.</summary>
    public required JsonElement Config { get; init; }

    /// <summary>Whether the weights are in the file; otherwise they are made from names and <see cref="Seed"/>.</summary>
    public required bool HasStoredWeights { get; init; }

    /// <summary>Whether the cotangents are in the file; otherwise they are made from names and <see cref="Seed"/>.</summary>
    public required bool HasStoredCotangents { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Inputs that are made from their names: shape and scale.</summary>
    public required IReadOnlyDictionary<string, (Shape Shape, float Scale)> ProceduralInputs { get; init; }

    public required IReadOnlyList<ExpectedTensor> Outputs { get; init; }

    /// <summary>The expected gradients, named <c>grad.NAME</c> after an input or a weight.</summary>
    public required IReadOnlyList<ExpectedTensor> Gradients { get; init; }

    internal SafetensorsFile File { get; }

    /// <summary>Opens a case and checks all of it.</summary>
    /// <exception cref="InvalidDataException">The file or the case in it is malformed; says how.</exception>
    public static ReferenceCase Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            return ReferenceCaseReader.Read(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether the case checks the gradient of an input or weight.</summary>
    public bool ExpectsGradient(string name)
    {
        string gradient = GradPrefix + name;
        return Gradients.Any(g => g.Name == gradient);
    }

    public void Dispose() => File.Dispose();
}
