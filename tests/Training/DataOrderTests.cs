using SspNative.Model.Training;
using Xunit;

namespace SspNative.Tests.Training;

public sealed class DataOrderTests
{
    [Fact]
    public void AnEpochSeesEveryClipOnceInAnOrderOfItsOwn()
    {
        int[] first = DataOrder.Shuffle(3, 0, 50);
        Assert.Equal(Enumerable.Range(0, 50), first.Order());
        Assert.Equal(first, DataOrder.Shuffle(3, 0, 50));
        Assert.NotEqual(first, DataOrder.Shuffle(3, 1, 50));
        Assert.NotEqual(first, DataOrder.Shuffle(4, 0, 50));
        double mean = Enumerable.Range(0, 1000).Average(i => DataOrder.Uniform(3, 5, i));
        Assert.InRange(mean, 0.47, 0.53);
    }
}
