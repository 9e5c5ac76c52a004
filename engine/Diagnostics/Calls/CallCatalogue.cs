using System.Reflection;
using System.Text.Json;

namespace SspNative.Engine.Diagnostics;

/// <summary>Every kernel call there is, by name, found in the assembly of the contract: what a recording can be read back with.</summary>
public static class CallCatalogue
{
    private static readonly Dictionary<string, Func<JsonElement, JsonSerializerOptions, RecordedCall>> _readers = Types().ToDictionary(
        call => (string)call.GetProperty(nameof(IKernelCall<>.Name), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!,
        call => typeof(CallCatalogue).GetMethod(nameof(Reader), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(call)
            .CreateDelegate<Func<JsonElement, JsonSerializerOptions, RecordedCall>>());

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => _readers.Keys;

    /// <summary>A call from its fields.</summary>
    /// <exception cref="InvalidDataException">There is no such kernel.</exception>
    /// <exception cref="JsonException">A field is missing, unknown or of another type.</exception>
    internal static RecordedCall Read(string name, JsonElement fields, JsonSerializerOptions options) =>
        _readers.TryGetValue(name, out Func<JsonElement, JsonSerializerOptions, RecordedCall>? read)
            ? read(fields, options)
            : throw new InvalidDataException($"there is no kernel {name}");

    private static RecordedCall Reader<TCall>(JsonElement fields, JsonSerializerOptions options) where TCall : struct, IKernelCall<TCall> =>
        new RecordedCall<TCall>(fields.Deserialize<TCall>(options));

    // Elementwise calls are generic: there is one for every operator.
    private static IEnumerable<Type> Types()
    {
        Type[] all = [.. typeof(IKernels).Assembly.GetTypes().Where(t => t is { IsValueType: true, IsPublic: true })];
        foreach (Type call in all.Where(t => t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IKernelCall<>))))
        {
            if (!call.IsGenericTypeDefinition)
            {
                yield return call;
                continue;
            }
            Type constraint = call.GetGenericArguments()[0].GetGenericParameterConstraints().Single(c => c.IsInterface);
            foreach (Type operation in all.Where(t => t.GetInterfaces().Contains(constraint)))
                yield return call.MakeGenericType(operation);
        }
    }
}
