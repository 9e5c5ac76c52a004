using ILGPU;
using ILGPU.Backends;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>The texts of kernels that are kept on disk. No device is needed.</summary>
public sealed class PtxFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ssp-kernels-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Version => Path.Combine(_folder, "ssp-0123456789abcdef");

    [Fact]
    public void ATextIsFoundAgain()
    {
        var texts = new PtxFolder(Version);
        Assert.Null(texts.Find(typeof(AffineKernel)));
        texts.Keep(typeof(AffineKernel), "// α\n.version 8.4\n");
        Assert.Equal("// α\n.version 8.4\n", new PtxFolder(Version).Find(typeof(AffineKernel)));
        Assert.Null(texts.Find(typeof(FillKernel)));
        Assert.Null(new PtxFolder(Version + "0").Find(typeof(AffineKernel)));
        Assert.Single(Directory.GetFiles(Version));
    }

    [Fact]
    public void ADamagedTextIsWrittenAgain()
    {
        var texts = new PtxFolder(Version);
        texts.Keep(typeof(AffineKernel), "first");
        string file = Assert.Single(Directory.GetFiles(Version));
        foreach (string damaged in (string[])["", "first", File.ReadAllText(file)[..^1], File.ReadAllText(file) + "!"])
        {
            File.WriteAllText(file, damaged);
            Assert.Null(texts.Find(typeof(AffineKernel)));
        }
        texts.Keep(typeof(AffineKernel), "second");
        Assert.Equal("second", texts.Find(typeof(AffineKernel)));
    }

    [Fact]
    public void WhereNothingCanBeKeptNothingIs()
    {
        File.WriteAllText(Version, "a file, not a folder");
        var texts = new PtxFolder(Version);
        texts.Keep(typeof(AffineKernel), "text");
        Assert.Null(texts.Find(typeof(AffineKernel)));
        Assert.Equal("a file, not a folder", File.ReadAllText(Version));
        new PtxFolder(null).Keep(typeof(AffineKernel), "text");
    }

    [Fact]
    public void OnlyOldTextsOfOtherVersionsGo()
    {
        string[] folders = [.. new[] { "fedcba9876543210", "somebody's", "ssp-00", "ssp-01", "ssp-02" }.Select(name => Path.Combine(_folder, name))];
        foreach (string folder in folders)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, folder.EndsWith('2') ? "notes.txt" : "kernel.ptx"), "");
            if (!folder.EndsWith('1'))
                Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow - TimeSpan.FromDays(40));
        }
        new PtxFolder(Version).Keep(typeof(AffineKernel), "text");
        Assert.Equal(["fedcba9876543210", "somebody's", "ssp-01", "ssp-0123456789abcdef", "ssp-02"],
            Directory.GetDirectories(_folder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal));
        Assert.Equal(4, Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Count(file => !file.StartsWith(Version, StringComparison.Ordinal)));
    }

    /// <summary>A text that was kept is loaded as what ILGPU made of the kernel was.</summary>
    [Fact]
    public void AKernelIsMadeOfItsText()
    {
        using Context context = Context.Create(builder => builder.WithKernels());
        (ILGPU.Backends.EntryPoints.EntryPointDescription entry, ILGPU.Runtime.KernelSpecialization specialization) = KernelCache.Describe<AffineKernel>();
        CompiledKernel kernel = KernelText.Kernel(context, entry, specialization, "text");
        Assert.Equal("text", KernelText.Of(kernel));
        Assert.Equal("Kernel_Entry", kernel.Name);
    }
}
