using System.Reflection;
using SspNative.Engine;
using SspNative.Lab.Catalogue;
using SspNative.Lab.References;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>No operation is forgotten, and no part of its entry. That every kernel's call is in one, <see cref="Kernels.Calls.EveryCallTests"/> hold.</summary>
public sealed class OpCoverageTests
{
    private static readonly Lazy<HashSet<string>> _referenceModules = new(() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "reference", "ops"), "*.safetensors").Select(ModuleOf)]);

    public static TheoryData<string> Entries => [.. OpCatalogue.All.Select(e => e.Name)];

    [Fact]
    public void EveryOperationHasAnEntry()
    {
        string[] methods =
        [
            .. typeof(Ops).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(m => m.Name).Distinct()
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(methods, OpCatalogue.All.Where(e => e.Method is not null).Select(e => e.Method!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void NamesAreUnique()
    {
        AssertUnique(OpCatalogue.All.Select(e => e.Name));
        AssertUnique(OpCatalogue.All.SelectMany(e => e.Cases.Concat(e.Larger)).Select(c => c.Name));
        AssertUnique(OpCatalogue.All.SelectMany(e => e.Mistakes).Select(m => m.Name));
    }

    [Theory, MemberData(nameof(Entries))]
    public void ItHasAGradientOrSaysWhyNot(string name)
    {
        OpEntry entry = Find(name);
        Assert.NotEmpty(entry.Cases);
        Assert.Equal(entry.WithoutGradient is null, entry.Cases.Any(c => c.IsDifferentiable));
    }

    [Theory, MemberData(nameof(Entries))]
    public void ItRefusesWrongArgumentsOrSaysWhyNot(string name)
    {
        OpEntry entry = Find(name);
        Assert.Equal(entry.WithoutMistakes is null, entry.Mistakes.Count > 0);
    }

    [Theory, MemberData(nameof(Entries))]
    public void PyTorchsNumbersAreAtHandOrItSaysWhyNot(string name)
    {
        OpEntry entry = Find(name);
        string[] missing = [.. entry.References.Keys.Except(_referenceModules.Value)];
        if (entry.WithoutReference is null)
        {
            Assert.NotEmpty(entry.References);
            Assert.Empty(missing);
        }
        else
        {
            Assert.Equal(entry.References.Keys, missing);
        }
    }

    private static OpEntry Find(string name) => OpCatalogue.All.Single(e => e.Name == name);

    private static void AssertUnique(IEnumerable<string> names) =>
        Assert.Empty(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key));

    private static string ModuleOf(string path)
    {
        using ReferenceCase reference = ReferenceCase.Open(path);
        return reference.Module;
    }
}
