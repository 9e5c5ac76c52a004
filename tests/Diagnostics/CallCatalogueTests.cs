using System.Reflection;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Operators;
using Xunit;

namespace SspNative.Tests.Diagnostics;

public sealed class CallCatalogueTests
{
    /// <summary>Every call of every kernel can be read back, by the name that it is written with.</summary>
    [Fact]
    public void EveryCallIsKnownByItsName()
    {
        Type[] types = typeof(IKernels).Assembly.GetTypes();
        Type[] calls = [.. types.Where(t => t.IsValueType && t.GetInterfaces().Any(IsCall))];
        IEnumerable<Type> closed = calls.SelectMany(c => c.IsGenericTypeDefinition ? Operators(types, c).Select(o => c.MakeGenericType(o)) : [c]);
        Assert.Equal(
            closed.Select(c => (string)c.GetProperty("Name", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!).Order(StringComparer.Ordinal),
            CallCatalogue.Names.Order(StringComparer.Ordinal));
    }

    private static bool IsCall(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IKernelCall<>);

    private static IEnumerable<Type> Operators(Type[] types, Type call)
    {
        Type wanted = call.GetGenericArguments()[0].GetGenericParameterConstraints().Single(c => c == typeof(IUnaryOperator) || c == typeof(IBinaryOperator));
        // Nothing launches what changes nothing: it stands for no activation.
        return types.Where(t => t.IsValueType && t != typeof(Identity) && wanted.IsAssignableFrom(t));
    }
}
