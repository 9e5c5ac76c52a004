using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;

namespace SspNative.Kernels.Gpu;

/// <summary>A kernel's text between ILGPU's compiler and the driver: its names are numbered anew here, and it can be read.</summary>
internal static partial class KernelText
{
    // ILGPU lets no one set it, or make a kernel of a text.
    private static readonly FieldInfo _ptx = Field(typeof(PTXCompiledKernel), "PTXAssembly");

    private static readonly ConstructorInfo _kernel =
        typeof(PTXCompiledKernel).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic) is [var only]
            ? only : throw new MissingMethodException("this version of ILGPU makes a PTXCompiledKernel otherwise");

    /// <summary>The key by which an assembled text is known again: the architecture and 64 bits of the text's hash.</summary>
    public static string MarkOf(string text, string architecture) => $"{architecture}-{Hash(text)[..16]}";

    /// <summary>SHA-256 of a text in UTF-8, in lower hexadecimal digits.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>OpenCL C or PTX.</summary>
    public static string Of(CompiledKernel kernel) => kernel switch
    {
        CLCompiledKernel openCl => openCl.Source,
        PTXCompiledKernel ptx => ptx.PTXAssembly,
        _ => throw new NotSupportedException($"a kernel of the kind {kernel.GetType().Name} has no text"),
    };

    /// <summary>A kernel whose PTX was written before. Its shared memory is of fixed sizes, which the text has.</summary>
    public static CompiledKernel Kernel(Context context, in EntryPointDescription entry, in KernelSpecialization specialization, string ptx) =>
        (CompiledKernel)_kernel.Invoke([context, new EntryPoint(entry, default, specialization), null, ptx]);

    /// <summary>Numbers the names in the text of a kernel that is about to be loaded.</summary>
    public static void Rewrite(CompiledKernel kernel)
    {
        if (kernel is PTXCompiledKernel ptx)
            _ptx.SetValue(ptx, Renumbered(ptx.PTXAssembly));
    }

    /// <summary>
    /// PTX: names are numbered in order of appearance. ILGPU counts on from kernel to kernel, so that the driver, which keeps what it compiled by its text,
    /// would not know it again.
    /// </summary>
    internal static string Renumbered(string ptx)
    {
        var numbers = new Dictionary<string, int>();
        return Number().Replace(ptx, match =>
        {
            if (!numbers.TryGetValue(match.Value, out int number))
                numbers.Add(match.Value, number = numbers.Count);
            return number.ToString();
        });
    }

    private static FieldInfo Field(Type type, string property) =>
        type.GetField($"<{property}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException($"this version of ILGPU keeps {type.Name}.{property} elsewhere");

    [GeneratedRegex(@"(?<=_)\d{3,}\b")]
    private static partial Regex Number();
}
