using System.Reflection;
using SspNative.Engine;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>No operation is forgotten.</summary>
public sealed class OpCoverageTests
{
    private static readonly Dictionary<string, string> _withoutGradient = new()
    {
        [nameof(Ops.Detach)] = "stops gradients",
        [nameof(Ops.GridAttention)] = "refuses to be recorded; its tests compare it with attention that is not",
        [nameof(Ops.GridQueryAttention)] = "refuses to be recorded; its tests compare it with attention that is not",
        [nameof(Ops.Hardmax)] = "is constant between its jumps",
        [nameof(Ops.LessThan)] = "returns bytes",
    };

    [Fact]
    public void EveryOperationIsInTheTable()
    {
        string[] methods =
        [
            .. typeof(Ops).GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(m => m.ReturnType == typeof(Tensor)).Select(m => m.Name).Distinct().Except(_withoutGradient.Keys)
                .Order(StringComparer.Ordinal),
        ];
        string[] covered = [.. OpCases.All.Select(c => c.Method).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(methods, covered);
    }
}
