using SspNative.Kernels.Gpu;
using SspNative.Tests.Pipeline;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>What is copied between host and device: the CPU's list, and two tables of where the optimizer's tensors are.</summary>
[Trait("speed", "slow")]
public sealed class TransferTests : GpuTest
{
    [SkippableFact]
    public void AFrameSendsItsInputsAndReadsItsLabels() => Transfers.OfAFrame(Gpu);

    [SkippableFact]
    public void AStepSendsItsBatchAndReadsWhatIsDecidedOnTheHost()
    {
        // Of its own, so that all tensors lie in one slab.
        using GpuDevice device = GpuDevices.Open(Gpu.Name);
        Transfers.OfAStep(device, [SquaresKernel.Width * sizeof(int), AdamWKernel.Width * sizeof(int)]);
    }
}
