using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SspNative.Kernels.Gpu;

/// <summary>Compiles kernels to the text that a driver gets. No device is needed.</summary>
/// <param name="collector">Whose kernels.</param>
public sealed class KernelCompiler(KernelCollector collector)
{
    private readonly IReadOnlyList<Type> _kernels = [.. collector.Kernels.OrderBy(KernelCache.NameOf, StringComparer.Ordinal)];
    private readonly ConcurrentDictionary<(Type Kernel, int Architecture), string> _ptx = new();
    private static readonly MethodInfo _describe = typeof(KernelCache).GetMethod(nameof(KernelCache.Describe))!;

    // From sm_80 on ILGPU writes the same text, which the assembler takes for each.
    private const int LastWithText = 80;

    // Of its own for each kernel: what ILGPU makes of a method depends on what it compiled before. No device is looked for.
    private static Context NewContext() => Context.Create(builder => builder.WithKernels());

    /// <summary>The names of the kernels, with their type arguments.</summary>
    public IReadOnlyList<string> Names => [.. _kernels.Select(KernelCache.NameOf)];

    /// <summary>The text of a kernel.</summary>
    /// <param name="name">One of <see cref="Names"/>, whatever its case.</param>
    /// <param name="target"><c>opencl</c>, <c>ptx</c> or <c>sass</c>.</param>
    /// <param name="architecture">For the last two, such as <c>sm_90</c>.</param>
    /// <exception cref="ArgumentException">There is no such kernel, target or architecture, or the name means several kernels.</exception>
    /// <exception cref="FileNotFoundException">CUDA's tools are not installed.</exception>
    public string Dump(string name, string target, string architecture)
    {
        Type[] kernels = [.. _kernels.Where(kernel => IsNamed(KernelCache.NameOf(kernel), name))];
        if (kernels.Length != 1)
            throw new ArgumentException(kernels.Length == 0
                ? $"there is no kernel {name}"
                : $"{name} is {kernels.Length} kernels: say which, such as '{KernelCache.NameOf(kernels[0])}'");
        return target switch
        {
            "opencl" => OpenCl(kernels[0]),
            "ptx" => Ptx(kernels[0], architecture),
            "sass" => Assemble(kernels[0], architecture).Sass,
            _ => throw new ArgumentException($"{target} is no target: say opencl, ptx or sass"),
        };
    }

    /// <summary>What kernels take of a multiprocessor.</summary>
    /// <param name="chosen">Of which, by their names.</param>
    /// <param name="architecture">Such as <c>sm_90</c>.</param>
    /// <param name="kept">An earlier report by names: what it has of a kernel whose text is still the same is taken over, not assembled again.</param>
    /// <exception cref="FileNotFoundException">CUDA's tools are not installed.</exception>
    public IEnumerable<KernelReport> Report(Func<string, bool> chosen, string architecture, IReadOnlyDictionary<string, KernelReport>? kept = null) => _kernels
        .Where(kernel => chosen(KernelCache.NameOf(kernel)))
        .AsParallel().AsOrdered()
        .Select(kernel => kept?.GetValueOrDefault(KernelCache.NameOf(kernel)) is { } before
            && before.Text == KernelText.MarkOf(Ptx(kernel, architecture), architecture)
            ? before with { GroupSize = GroupSizeOf(kernel) }
            : Assemble(kernel, architecture).Report);

    private (KernelReport Report, string Sass) Assemble(Type kernel, string architecture)
    {
        return CudaTools.Assemble(KernelCache.NameOf(kernel), Ptx(kernel, architecture), architecture, GroupSizeOf(kernel));
    }

    private static int GroupSizeOf(Type kernel) => (int)kernel.GetProperty(nameof(IGpuKernel.GroupSize))!.GetValue(null)!;

    /// <summary>PTX for an architecture such as <c>sm_90</c>.</summary>
    /// <exception cref="ArgumentException">The architecture is none.</exception>
    internal string Ptx(Type kernel, string architecture)
    {
        if (!architecture.StartsWith("sm_", StringComparison.Ordinal) || !int.TryParse(architecture.AsSpan(3), out int number) || number is < 50 or > 199)
            throw new ArgumentException($"{architecture} is no architecture: say sm_80 or sm_90");
        return _ptx.GetOrAdd((kernel, Math.Min(number, LastWithText)), key => Write(key.Kernel, key.Architecture));
    }

    /// <summary>PTX, as ILGPU writes it for an architecture such as 90.</summary>
    internal string Write(Type kernel, int architecture)
    {
        var target = new CudaArchitecture(architecture / 10, architecture % 10);
        using Context context = NewContext();
        using var backend = new PTXBackend(context, new CudaCapabilityContext(target), target, new CudaInstructionSet(8, 4), null);
        return Compile(backend, kernel);
    }

    /// <summary>OpenCL C, as for a device of version 3.0 with 64-bit numbers.</summary>
    internal string OpenCl(Type kernel)
    {
        var capabilities = new CLCapabilityContext(subGroups: false, float16: false, float64: true, int64_Atomics: false, genericAddressSpace: true);
        using Context context = NewContext();
        using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, CLCVersion.CL20);
        return Compile(backend, kernel);
    }

    // In full, or without its type arguments.
    private static bool IsNamed(string full, string name) =>
        full.Equals(name, StringComparison.OrdinalIgnoreCase) || full.StartsWith(name + "<", StringComparison.OrdinalIgnoreCase);

    private static string Compile(Backend backend, Type kernel)
    {
        (EntryPointDescription entry, KernelSpecialization specialization) =
            ((EntryPointDescription, KernelSpecialization))_describe.MakeGenericMethod(kernel).Invoke(null, null)!;
        CompiledKernel compiled = backend.Compile(entry, specialization);
        KernelText.Rewrite(compiled);
        return KernelText.Of(compiled);
    }
}
