using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using SspNative.Tests.Examples;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>Wrong arguments of every operation: the error names the operation and the shapes of all operands, and says what is wrong.</summary>
public sealed class OpErrorTests : DeviceTest
{
    private static readonly OpMistake[] _mistakes = [.. OpCatalogue.All.Concat(SwiGluTests.Entries).SelectMany(e => e.Mistakes)];

    public static TheoryData<string> Names => [.. _mistakes.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheErrorNamesTheOperationAndAllShapes(string name)
    {
        OpMistake mistake = _mistakes.Single(m => m.Name == name);
        using var scope = new TensorScope();
        var random = new Random(1);
        Tensor[] inputs = [.. mistake.Inputs.Select(i => i.Make(random, Device))];
        string message = Assert.Throws<ArgumentException>(() => mistake.Run(inputs)).Message;
        Assert.StartsWith(name.Split('@')[0] + ": ", message, StringComparison.Ordinal);
        Assert.All(inputs, t => Assert.Contains(t.Shape.ToString(), message, StringComparison.Ordinal));
        Assert.True(message.Contains(mistake.Words, StringComparison.Ordinal), $"\"{message}\" does not say \"{mistake.Words}\"");
    }

    [Fact]
    public void OperandsOnTwoDevicesAreAnError()
    {
        using var other = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        Tensor a = Tensor.Zeros([2, 3], Device), b = Tensor.Zeros([3], other);
        string message = Assert.Throws<ArgumentException>(() => Ops.Add(a, b)).Message;
        Assert.Equal($"add: operands are on {Device.Description} and {other.Description}; move one of them with Tensor.To. Shapes: (2, 3), (3)", message);
    }
}
