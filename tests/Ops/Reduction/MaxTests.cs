using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations.Reduction;

public sealed class MaxTests : DeviceTest
{
    // Kernels count positions in floats, of which every second is missing beyond 2²⁴.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AMaximumIsFoundBeyondTheIntegersOfFloats(int columns)
    {
        const int rows = (1 << 24) + 40, at = (1 << 24) + 1;
        using var scope = new TensorScope();
        float[] values = new float[rows * columns];
        values[at * columns] = 1;
        values[((at + 4) * columns) + columns - 1] = 1;
        (Tensor max, Tensor indices) = Ops.MaxWithIndices(Tensor.FromArray(values, [rows, columns], Device), 0);
        Assert.All(max.ToArray(), m => Assert.Equal(1, m));
        Assert.Equal(columns == 1 ? [at] : [at, at + 4], indices.ToLongArray());
        values[3 * columns] = float.NaN;
        Assert.Equal(3, Ops.MaxWithIndices(Tensor.FromArray(values, [rows, columns], Device), 0).Indices.ToLongArray()[0]);
    }
}
