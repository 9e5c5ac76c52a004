using System.Text.RegularExpressions;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>
/// Every case of the catalogue with one operand that does not belong there: the operation refuses it by an error of its own, before a kernel reads it.
/// </summary>
public sealed partial class OpOperandTests : DeviceTest
{
    private static readonly (OpEntry Entry, OpCase Case)[] _cases =
        [.. OpCatalogue.All.Where(e => e.Method is not null).SelectMany(e => e.Cases, (e, c) => (e, c))];

    // They move elements of any type, and compute nothing.
    private static readonly HashSet<string> _movements =
        ["narrow", "crop2d", "concat", "expand", "reshape", "detach", "permute", "transpose", "to_channels_first", "to_channels_last"];

    public static TheoryData<string> Names => [.. _cases.Select(c => c.Case.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnOperandOfAnotherTypeIsRefusedOrKeepsItsType(string name)
    {
        (OpEntry entry, OpCase @case) = Find(name);
        using var scope = new TensorScope();
        for (int i = 0; i < @case.Inputs.Length; i++)
        {
            Tensor[] inputs = @case.MakeInputs(Device);
            DType type = inputs[i].DType == DType.U8 ? DType.I64 : DType.U8;
            inputs[i] = Zeros(inputs[i].Shape, type);
            Tensor? y = null;
            if (Record.Exception(() => y = @case.Run(inputs)) is { } error)
                AssertOwn(entry, error, $"operand {i}");
            else
                Assert.True(_movements.Contains(entry.Name) && y!.DType == type, $"operand {i} is taken");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnOperandOnAnotherDeviceIsRefused(string name)
    {
        (OpEntry entry, OpCase @case) = Find(name);
        using var other = new CpuDevice(CpuIsa.Portable);
        using var scope = new TensorScope();
        for (int i = 0; i < @case.Inputs.Length && @case.Inputs.Length > 1; i++)
        {
            Tensor[] inputs = @case.MakeInputs(Device);
            inputs[i] = inputs[i].To(other);
            AssertRefused(entry, @case, inputs, $"operand {i}");
        }
    }

    // Some have a meaning with other dimensions; none fails within.
    [Theory]
    [MemberData(nameof(Names))]
    public void AnOperandOfOtherDimensionsIsComputedOrRefused(string name)
    {
        (OpEntry entry, OpCase @case) = Find(name);
        using var scope = new TensorScope();
        for (int i = 0; i < @case.Inputs.Length; i++)
        {
            Shape shape = @case.MakeInputs(Device)[i].Shape;
            Shape[] others = [[], [(int)shape.Count], [1, .. shape.Dims], [.. shape.Dims, 1], .. Enumerable.Range(0, shape.Rank).Select(d => shape.With(d, 0))];
            foreach (Shape other in others.Where(o => o != shape))
            {
                Tensor[] inputs = @case.MakeInputs(Device);
                inputs[i] = Zeros(other, inputs[i].DType);
                if (Record.Exception(() => @case.Run(inputs)) is { } error)
                    AssertOwn(entry, error, $"operand {i} is {other}");
            }
        }
    }

    private Tensor Zeros(Shape shape, DType type) => Tensor.FromBytes(new byte[shape.Count * type.Size()], shape, Device, type);

    private static void AssertRefused(OpEntry entry, OpCase @case, Tensor[] inputs, string which)
    {
        Exception? error = Record.Exception(() => @case.Run(inputs));
        Assert.True(error is not null, $"{which} is taken");
        AssertOwn(entry, error, which);
    }

    // What the runtime says of an index or a cast has no such beginning.
    private static void AssertOwn(OpEntry entry, Exception error, string which) =>
        Assert.True(error is ArgumentException && OwnError().IsMatch(error.Message), $"{which}: {entry.Name} fails by {error}");

    [GeneratedRegex("^[a-z0-9_]+: ")]
    private static partial Regex OwnError();

    private static (OpEntry Entry, OpCase Case) Find(string name) => _cases.Single(c => c.Case.Name == name);
}
