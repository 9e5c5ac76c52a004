using System.Reflection;
using System.Xml.Linq;
using SspNative.Cli;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Catalogue;
using SspNative.Model.Networks;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>
/// Dependencies point one way: kernels ← engine ← ssp-model ← lab ← cli; kernels/Gpu stands beside, and only the command and its tests take it.
/// </summary>
public sealed class DependencyTests
{
    private static readonly Assembly[] _layers =
        [typeof(Shape).Assembly, typeof(Tensor).Assembly, typeof(Ssp).Assembly, typeof(OperationRuns).Assembly, typeof(SspCommandLine).Assembly];

    [Fact]
    public void NoLayerKnowsTheOnesAboveIt()
    {
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            string[] above = [.. _layers.Skip(layer + 1).Select(a => a.GetName().Name!)];
            IEnumerable<string?> references = _layers[layer].GetReferencedAssemblies().Select(r => r.Name);
            Assert.Empty(references.Intersect(above));
        }
    }

    [Fact]
    public void KernelsAndEngineStandOnTheRuntimeAlone()
    {
        foreach (Assembly assembly in _layers.Take(2))
            Assert.All(
                assembly.GetReferencedAssemblies().Select(r => r.Name!),
                name => Assert.True(
                    name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "netstandard"
                    || name.StartsWith("SspNative.", StringComparison.Ordinal),
                    $"{assembly.GetName().Name} depends on {name}"));
    }

    [Fact]
    public void OnlyTheCommandAndItsTestsTakeTheGpu() => Assert.Equal(
        ["ssp-model/cli/SspNative.Cli.csproj", "tests/gpu/SspNative.Gpu.Tests.csproj"],
        Repository.Files("*.csproj").Where(f => File.ReadAllText(Repository.Path(f)).Contains("SspNative.Kernels.Gpu.csproj", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));

    // The worked example has a kernel of its own.
    [Fact]
    public void UnsafeCodeLivesInKernelsOnly()
    {
        string[] withUnsafe =
        [
            .. Repository.Files("*.csproj").Where(f => XDocument.Load(Repository.Path(f)).Descendants("AllowUnsafeBlocks").Any(e => e.Value == "true")),
        ];
        Assert.NotEmpty(withUnsafe);
        Assert.All(withUnsafe.Except(["tests/Examples/SwiGlu/SwiGlu.csproj"]), f => Assert.StartsWith("kernels/", f, StringComparison.Ordinal));
    }
}
