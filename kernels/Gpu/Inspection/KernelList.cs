namespace SspNative.Kernels.Gpu;

/// <summary>
/// Every kernel that can be launched: the structs of this assembly, generic ones with all type arguments that their constraints allow.
/// </summary>
internal static class KernelList
{
    private static readonly Lazy<IReadOnlyList<Type>> _all = new(Find);

    // What an argument without an interface may be: the elements of a copy.
    private static readonly Type[] _elements = [typeof(byte), typeof(short), typeof(int), typeof(long)];

    /// <summary>Kernels, by name.</summary>
    public static IReadOnlyList<Type> All => _all.Value;

    /// <summary>The kernels of a name: in full, or of all type arguments; case does not matter.</summary>
    public static IReadOnlyList<Type> Named(string name) =>
        [.. All.Where(type => Matches(KernelCache.NameOf(type), name))];

    private static bool Matches(string full, string name) =>
        full.Equals(name, StringComparison.OrdinalIgnoreCase) || full.StartsWith(name + "<", StringComparison.OrdinalIgnoreCase);

    private static List<Type> Find()
    {
        IEnumerable<Type> kernels = typeof(KernelList).Assembly.GetTypes().Where(type => type.IsValueType && typeof(IGpuKernel).IsAssignableFrom(type));
        return [.. kernels.SelectMany(Close).OrderBy(KernelCache.NameOf, StringComparer.Ordinal)];
    }

    private static IEnumerable<Type> Close(Type type)
    {
        if (!type.IsGenericTypeDefinition)
            return [type];
        IEnumerable<Type[]> arguments = [[]];
        foreach (Type parameter in type.GetGenericArguments())
            arguments = arguments.SelectMany(_ => Candidates(parameter), (before, candidate) => (Type[])[.. before, candidate]);
        return arguments.Select(a => type.MakeGenericType(a));
    }

    private static IEnumerable<Type> Candidates(Type parameter)
    {
        Type[] contracts = [.. parameter.GetGenericParameterConstraints().Where(c => c.IsInterface)];
        if (contracts.Length == 0)
            return _elements;
        return new[] { typeof(KernelList).Assembly, typeof(IKernels).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsValueType: true, IsGenericTypeDefinition: false } && contracts.All(c => c.IsAssignableFrom(type)))
            .OrderBy(type => type.Name, StringComparer.Ordinal);
    }
}
