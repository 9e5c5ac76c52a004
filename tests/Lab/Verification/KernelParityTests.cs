using SspNative.Lab.Verification;
using Xunit;

namespace SspNative.Tests.Lab.Verification;

/// <summary>What is asked of a device's kernels is asked of kernels that there are.</summary>
public sealed class KernelParityTests
{
    [Fact]
    public void KernelsThatAreHeldToTheirBitsExist() => Assert.Empty(KernelParity.Exact.Except(KernelParity.Kernels));
}
