using SspNative.Lab.References;

namespace SspNative.Lab.Catalogue;

/// <summary>
/// What is known of an operation besides its code. Tests, <c>ssp verify</c> and <c>ssp bench</c> read it: see <see cref="OpCatalogue"/>.
/// </summary>
/// <param name="Name">PyTorch's, as errors have it.</param>
internal sealed record OpEntry(string Name)
{
    /// <summary>The method of <see cref="Ops"/>; null for what is none.</summary>
    public string? Method { get; init; }

    /// <summary>Calls at sizes that are no multiple of a vector, with every option, and of nothing where PyTorch allows it.</summary>
    public required IReadOnlyList<OpCase> Cases { get; init; }

    /// <summary>Calls of which threads and blocks get parts, and of whole vectors, where one step too far finds no padding.</summary>
    public IReadOnlyList<OpCase> Larger { get; init; } = [];

    /// <summary>Wrong arguments.</summary>
    public IReadOnlyList<OpMistake> Mistakes { get; init; } = [];

    /// <summary>The adapters of the modules that reference cases name.</summary>
    public Dictionary<string, ReferenceModule> References { get; } = [];

    /// <summary>The kinds of benchmark cases.</summary>
    public IReadOnlyList<Benchmark> Benchmarks { get; init; } = [];

    /// <summary>Why it has no gradient, if it has none.</summary>
    public string? WithoutGradient { get; init; }

    /// <summary>Why no wrong argument is listed, if none is.</summary>
    public string? WithoutMistakes { get; init; }

    /// <summary>Why PyTorch's numbers are not at hand, if they are not.</summary>
    public string? WithoutReference { get; init; }
}
