using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>What formulas say at their ends: floors, and rows shorter than a vector.</summary>
[LeakCheck]
public class BoundaryTests
{
    public static TheoryData<CpuIsa> Isas => [.. CpuDevice.SupportedIsas];

    [Theory, MemberData(nameof(Isas))]
    public void TheMaximumOfAShortRowMayBeItsLastElement(CpuIsa isa)
    {
        using var device = new CpuDevice(isa);
        for (int n = 1; n <= 17; n++)
            for (int at = 0; at < n; at++)
            {
                using var scope = new TensorScope();
                float[] row = new float[n];
                Array.Fill(row, -2f);
                row[at] = -1f;
                Assert.Equal([-1f], Ops.Max(Tensor.FromArray(row, [1, n], device), 1).ToArray());
            }
    }

    // a·b = 1e-16 and both norms are √(1e-16 + the floor's 1e-16).
    [Theory, MemberData(nameof(Isas))]
    public void TheNormsOfACosineHaveAFloorOfTenToTheMinusEight(CpuIsa isa)
    {
        using var device = new CpuDevice(isa);
        using var scope = new TensorScope();
        Tensor x = Tensor.FromArray([1e-8f, 0, 0], [1, 3], device);
        Assert.Equal(0.5f, Ops.CosineSimilarity(x, x).ToArray()[0], 1e-4f);
    }
}
