using ILGPU;
using ILGPU.Runtime.Cuda;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// The PTX of kernels in a folder of the user's caches: writing it anew takes a fifth of a second a kernel. A file begins with a comment that has the rest's
/// hash; what is damaged is written again. The folder may be deleted at any time.
/// </summary>
/// <param name="folder">Of one version of the program and one architecture; null: nothing is kept.</param>
internal sealed class PtxFolder(string? folder)
{
    /// <summary>Environment variable: where texts are kept, or <c>none</c>.</summary>
    public const string Variable = "SSP_KERNEL_CACHE";

    private const string None = "none", Mark = "// sha256 ", Prefix = "ssp-";

    // So long texts stay that no program uses.
    private static readonly TimeSpan _kept = TimeSpan.FromDays(30);

    /// <summary>Those of a device.</summary>
    public static PtxFolder Of(CudaAccelerator accelerator)
    {
        if (Folder() is not { } caches)
            return new PtxFolder(null);
        string folder = Path.Combine(caches, Prefix + Version($"{accelerator.Architecture} {accelerator.InstructionSet}"));
        Touch(folder);
        return new PtxFolder(folder);
    }

    /// <summary>The text of a kernel, or null.</summary>
    public string? Find(Type kernel)
    {
        if (folder is null)
            return null;
        try
        {
            string text = File.ReadAllText(PathOf(kernel));
            int end = text.IndexOf('\n');
            return end > 0 && text.AsSpan(0, end).SequenceEqual(Mark + KernelText.Hash(text[(end + 1)..])) ? text[(end + 1)..] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a text, whole or not at all. Where that cannot be done the kernel is compiled next time too.</summary>
    public void Keep(Type kernel, string ptx)
    {
        if (folder is null)
            return;
        try
        {
            if (!Directory.Exists(folder))
                Begin(folder);
            string path = PathOf(kernel), part = $"{path}.{Path.GetRandomFileName()}";
            try
            {
                File.WriteAllText(part, $"{Mark}{KernelText.Hash(ptx)}\n{ptx}");
                File.Move(part, path, overwrite: true);
            }
            finally
            {
                File.Delete(part);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full or read-only disk is no reason not to compute.
        }
    }

    // Texts that no program has used for long go, and nothing else.
    private static void Begin(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string old in Directory.EnumerateDirectories(Path.GetDirectoryName(folder)!, Prefix + "*"))
            if (Directory.GetLastWriteTimeUtc(old) < DateTime.UtcNow - _kept)
                Remove(old);
    }

    private static void Remove(string folder)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*.ptx*"))
                File.Delete(file);
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays: it is somebody else's, or in use.
        }
    }

    private static void Touch(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be written is not cleared away either.
        }
    }

    private static string? Folder() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? named == None ? null : named
        : CacheFolder.Of("kernels");

    // All that a text is made from.
    private static string Version(string target) =>
        KernelText.Hash(
            $"{typeof(PtxFolder).Module.ModuleVersionId} {typeof(IKernels).Module.ModuleVersionId} {typeof(Context).Module.ModuleVersionId} {target}")[..16];

    private string PathOf(Type kernel) => Path.Combine(folder!, KernelText.Hash(kernel.ToString())[..32] + ".ptx");
}
