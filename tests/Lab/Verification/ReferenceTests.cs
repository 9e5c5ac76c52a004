using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Verification;

/// <summary>
/// Every reference case: operations on each instruction set, all else on the best. Each output and gradient must be as good as
/// PyTorch's own float32 run.
/// </summary>
public sealed class ReferenceTests : DeviceTest
{
    private const string FullSize = "models/perceiver-flow-full.safetensors";

    // The most memory that flow of one pair of tiles may take, weights included.
    private const long FlowBytes = 1_500_000_000;

    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "reference");

    public static TheoryData<string, CpuIsa> OpCases
    {
        get
        {
            var cases = new TheoryData<string, CpuIsa>();
            foreach (string name in CaseNames().Where(n => Folder(n) == "ops"))
                foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                    cases.Add(name, isa);
            return cases;
        }
    }

    public static TheoryData<string> ModelCases => [.. CaseNames().Where(n => Folder(n) is not ("ops" or "training") && n != FullSize)];

    public static TheoryData<string> TrainingCases => [.. CaseNames().Where(n => Folder(n) == "training")];

    [Theory]
    [MemberData(nameof(OpCases))]
    public void AnOperationIsAsGoodAsPyTorch(string name, CpuIsa isa) => AssertAsGoodAsPyTorch(name, On(isa));

    [Theory]
    [MemberData(nameof(ModelCases))]
    public void AModelIsAsGoodAsPyTorch(string name) => AssertAsGoodAsPyTorch(name, Device);

    // Adam's first steps divide a gradient by its own size. Where it is near zero its last bits decide, here and in PyTorch: such a parameter may be
    // further from the reference than PyTorch happens to be, and PyTorch's own errors there go up to 3e-5.
    [Theory]
    [MemberData(nameof(TrainingCases))]
    public void ATrainingIsAsGoodAsPyTorch(string name)
    {
        CaseResult result = CaseRunner.Run(Path.Combine(_folder, name), Device);
        Assert.True(result.Failure is null, $"{name}: {result.Failure}");
        Assert.Equal(12, result.Judgements.Count(j => j.Name.StartsWith("step.", StringComparison.Ordinal)));
        Assert.All(result.Judgements, j => Assert.True(j.Level != JudgementLevel.Wrong, $"{j.Name}: error {j.Error:g3}. {j.Reason}"));
        Assert.All(
            result.Judgements.Where(j => j.Name.StartsWith("step.", StringComparison.Ordinal)),
            j => Assert.True(j.Level == JudgementLevel.AsGoodAsPyTorch, $"{j.Name}: error {j.Error:g3}, PyTorch's {j.TorchError:g3}"));
        Assert.InRange(result.Judgements.Count(j => j.Level == JudgementLevel.Correct), 0, result.Judgements.Count / 20);
    }

    [SkippableFact]
    [Trait("speed", "slow")]
    public void FullSizeFlowIsAsGoodAsPyTorchInLittleMemory()
    {
        Skip.IfNot(SlowTests.Wanted, SlowTests.Reason);
        AssertAsGoodAsPyTorch(FullSize, Device);
        Assert.InRange(Device.PeakBytes, 1, FlowBytes);
    }

    [Fact]
    public void AllCasesAreFound()
    {
        string[] folders = [.. CaseNames().Select(Folder).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["audio", "image", "losses", "metrics", "models", "ops", "ssp", "training"], folders);
        Assert.Contains(FullSize, CaseNames());
    }

    private static void AssertAsGoodAsPyTorch(string name, IDevice device)
    {
        CaseResult result = CaseRunner.Run(Path.Combine(_folder, name), device);
        if (!TestDevices.IsCpu)
        {
            Judgements.AssertOnDevice(name, result);
            return;
        }
        Assert.True(result.Failure is null, $"{name}: {result.Failure}");
        Assert.NotEmpty(result.Judgements);
        Assert.All(result.Judgements, j => Assert.True(
            j.Level == JudgementLevel.AsGoodAsPyTorch,
            $"{j.Name} is {j.Level}: error {j.Error:g3}, PyTorch's {j.TorchError:g3}. {j.Reason}"));
    }

    private static string[] CaseNames() =>
    [
        .. Directory.EnumerateFiles(_folder, "*.safetensors", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(_folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    private static string Folder(string name) => name[..name.IndexOf('/')];
}
