using ILGPU;
using ILGPU.Backends;
using SspNative.Kernels.Gpu;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>The texts of kernels that are kept on disk. No device is needed.</summary>
public sealed class KernelTextsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ssp-kernels-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Version => Path.Combine(_folder, "0123456789abcdef");

    [Fact]
    public void ATextIsFoundAgain()
    {
        var texts = new KernelTexts(Version);
        Assert.Null(texts.Find(typeof(AffineKernel)));
        texts.Keep(typeof(AffineKernel), "// α\n.version 8.4\n");
        Assert.Equal("// α\n.version 8.4\n", new KernelTexts(Version).Find(typeof(AffineKernel)));
        Assert.Null(texts.Find(typeof(FillKernel)));
        Assert.Null(new KernelTexts(Version + "0").Find(typeof(AffineKernel)));
        Assert.Single(Directory.GetFiles(Version));
    }

    [Fact]
    public void ADamagedTextIsWrittenAgain()
    {
        var texts = new KernelTexts(Version);
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
        var texts = new KernelTexts(Version);
        texts.Keep(typeof(AffineKernel), "text");
        Assert.Null(texts.Find(typeof(AffineKernel)));
        Assert.Equal("a file, not a folder", File.ReadAllText(Version));
        new KernelTexts(null).Keep(typeof(AffineKernel), "text");
    }

    [Fact]
    public void OnlyOldTextsOfOtherVersionsGo()
    {
        string old = Path.Combine(_folder, "fedcba9876543210"), recent = Path.Combine(_folder, "00000000000000ff"), strange = Path.Combine(_folder, "somebody's");
        foreach (string folder in (string[])[old, recent, strange])
            Directory.CreateDirectory(folder);
        foreach (string folder in (string[])[old, strange])
            Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow - TimeSpan.FromDays(40));
        new KernelTexts(Version).Keep(typeof(AffineKernel), "text");
        Assert.Equal([recent, Version, strange], Directory.GetDirectories(_folder).Order(StringComparer.Ordinal));
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
