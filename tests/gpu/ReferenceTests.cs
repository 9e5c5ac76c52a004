using SspNative.Lab.Verification;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>PyTorch's numbers on the device: each output and gradient is as good as PyTorch's own float32 run.</summary>
[Trait("speed", "slow")]
public sealed class ReferenceTests : GpuTest
{
    // Minutes on a processor that plays a GPU.
    private const string FullSize = "models/perceiver-flow-full.safetensors";

    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "reference");

    public static TheoryData<string> Cases =>
    [
        .. Directory.EnumerateFiles(_folder, "*.safetensors", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_folder, f).Replace('\\', '/')).Where(name => name != FullSize).Order(StringComparer.Ordinal),
    ];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void ACaseIsAsGoodAsPyTorch(string name)
    {
        int live = Gpu.LiveBuffers;
        CaseResult result = CaseRunner.Run(Path.Combine(_folder, name), Gpu);
        Judgements.AssertOnDevice(name, result);
        Assert.Equal(live, Gpu.LiveBuffers);
    }
}
