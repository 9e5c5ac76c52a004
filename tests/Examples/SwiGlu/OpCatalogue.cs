using SspNative.Lab.Catalogue;

namespace SspNative.Tests.Examples.SwiGlu;

/// <summary>The catalogue of the example alone.</summary>
internal static partial class OpCatalogue
{
    public static IReadOnlyList<OpEntry> All { get; } = [SwiGlu];
}
