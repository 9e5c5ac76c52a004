using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using SspNative.Tests.Examples;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Operations;

/// <summary>What must hold of every operation of the catalogue.</summary>
public sealed class OpTests : DeviceTest
{
    // Relative rms difference between instruction sets, which sum in different orders.
    private const double ParityTolerance = 2e-6;

    // Largest difference from the definition, relative to the size of the whole result.
    private const double DefinitionTolerance = 1e-5;

    // Small enough for no kink to be crossed. The quotient of fourth order leaves little of the definition's curvature.
    private const double Step = 1.0 / 1024;
    private const double GradientTolerance = 1e-5;
    private const int CheckedElements = 12;

    private static readonly OpEntry[] _entries = [.. OpCatalogue.All, .. SwiGluTests.Entries];

    private static readonly OpCase[] _cases = [.. _entries.SelectMany(e => e.Cases)];

    private static readonly OpCase[] _all = [.. _cases, .. _entries.SelectMany(e => e.Larger)];

    public static TheoryData<string> DifferentiableNames => [.. _cases.Where(c => c.IsDifferentiable).Select(c => c.Name)];

    public static TheoryData<string, CpuIsa> NamesOnEveryIsa
    {
        get
        {
            var data = new TheoryData<string, CpuIsa>();
            foreach (OpCase c in _all)
                foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                    data.Add(c.Name, isa);
            return data;
        }
    }

    // Every instruction set below the highest there is, whether this processor has it or not: a theory needs rows.
    public static TheoryData<string, CpuIsa> NamesOnOtherIsas
    {
        get
        {
            var data = new TheoryData<string, CpuIsa>();
            foreach (OpCase c in _cases)
                foreach (CpuIsa isa in Enum.GetValues<CpuIsa>().Order().SkipLast(1))
                    data.Add(c.Name, isa);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(NamesOnEveryIsa))]
    public void ItComputesItsDefinition(string name, CpuIsa isa)
    {
        using var scope = new TensorScope();
        OpCase c = Find(name);
        Tensor[] inputs = c.MakeInputs(On(isa));
        DoubleTensor expected = c.Definition([.. inputs.Select(DoubleTensor.From)]), actual = DoubleTensor.From(c.Run(inputs));
        Assert.Equal(expected.Shape, actual.Shape);
        double size = Math.Sqrt(expected.Values.Select(v => v * v).DefaultIfEmpty().Average());
        for (int i = 0; i < expected.Values.Length; i++)
        {
            double error = Math.Abs(actual.Values[i] - expected.Values[i]), bound = DefinitionTolerance * (size + Math.Abs(expected.Values[i]));
            Assert.True(error <= bound, $"element {i} is {actual.Values[i]:g9} instead of {expected.Values[i]:g9}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(NamesOnOtherIsas))]
    public void EveryInstructionSetComputesTheSame(string name, CpuIsa isa)
    {
        Skip.IfNot(CpuDevice.SupportedIsas.SkipLast(1).Contains(isa), $"{isa} is this processor's best or beyond it");
        OpCase c = Find(name);
        (float[] y, float[]?[] gradients) = Differentiate(c, Device);
        (float[] otherY, float[]?[] otherGradients) = Differentiate(c, On(isa));
        AssertClose(y, otherY, "the output");
        for (int i = 0; i < gradients.Length; i++)
            if (gradients[i] is { } gradient)
                AssertClose(gradient, otherGradients[i]!, $"the gradient of input {i}");
    }

    [Theory]
    [MemberData(nameof(DifferentiableNames))]
    public void TheGradientIsTheDifferenceQuotient(string name)
    {
        OpCase c = Find(name);
        (_, float[]?[] gradients) = Differentiate(c, Device);
        for (int input = 0; input < c.Inputs.Length; input++)
        {
            if (gradients[input] is not { Length: > 0 } gradient)
                continue;
            double largest = gradient.Max(Math.Abs);
            foreach (int element in Spread(gradient.Length))
            {
                var unit = new float[gradient.Length];
                unit[element] = 1f;
                AssertQuotient(c, input, unit, gradient[element], GradientTolerance * (largest + 1e-2), $"element {element}");
            }
            float[] direction = Signs(gradient.Length, seed: 2);
            double slope = gradient.Zip(direction, (g, d) => (double)g * d).Sum();
            AssertQuotient(c, input, direction, slope, GradientTolerance * (Norm(gradient) + 1e-2), "a direction");
        }
    }

    [Theory]
    [MemberData(nameof(DifferentiableNames))]
    public void InputsWithoutRequiresGradGetNoGradient(string name)
    {
        OpCase c = Find(name);
        for (int wanted = 0; wanted < c.Inputs.Length; wanted++)
        {
            if (!c.Inputs[wanted].Differentiable)
                continue;
            using var scope = new TensorScope();
            using var tape = new GradientTape();
            Tensor[] inputs = c.MakeInputs(Device);
            inputs[wanted].RequiresGrad = true;
            Tensor y = c.Run(inputs);
            using Gradients gradients = tape.Backward([(y, Tensor.Full(y.Shape, 1f, Device))]);
            for (int i = 0; i < inputs.Length; i++)
                Assert.Equal(i == wanted, gradients.Find(inputs[i]) is not null);
        }
    }

    private static OpCase Find(string name) => _all.Single(c => c.Name == name);

    /// <summary>The output, and the gradients of its projection on random signs.</summary>
    private static (float[] Output, float[]?[] Gradients) Differentiate(OpCase c, IDevice device)
    {
        using var scope = new TensorScope();
        using var tape = new GradientTape();
        Tensor[] inputs = c.MakeInputs(device);
        for (int i = 0; i < inputs.Length; i++)
            inputs[i].RequiresGrad = c.Inputs[i].Differentiable;
        LeaveNaN(inputs);
        Tensor y = c.Run(inputs);
        if (!c.IsDifferentiable)
            return (Array.ConvertAll(DoubleTensor.From(y).Values, v => (float)v), new float[]?[inputs.Length]);
        using Gradients gradients = tape.Backward([(y, Tensor.FromArray(Signs(y.Count, seed: 1), y.Shape, device))]);
        return (y.ToArray(), [.. inputs.Select((x, i) => c.Inputs[i].Differentiable ? gradients[x].ToArray() : null)]);
    }

    // The memory that gradients of these shapes will be made in holds NaN, so that whatever a kernel does not write shows.
    private static void LeaveNaN(Tensor[] shapes)
    {
        using var scope = new TensorScope();
        foreach (Tensor t in shapes)
            for (int i = 0; i < 3; i++)
                Tensor.Full(t.Shape, float.NaN, t.Device);
    }

    private void AssertQuotient(OpCase c, int input, float[] direction, double slope, double tolerance, string where)
    {
        double near = Project(c, input, direction, Step) - Project(c, input, direction, -Step);
        double far = Project(c, input, direction, 2 * Step) - Project(c, input, direction, -2 * Step);
        double quotient = (8 * near - far) / (12 * Step);
        Assert.True(
            Math.Abs(quotient - slope) <= tolerance,
            $"input {input}, {where}: the gradient is {slope:g7}, the difference quotient {quotient:g7} ± {tolerance:g2}");
    }

    /// <summary>The projection of what the definition gives when an input is moved.</summary>
    private double Project(OpCase c, int input, float[] direction, double distance)
    {
        using var scope = new TensorScope();
        DoubleTensor[] inputs = [.. c.MakeInputs(Device).Select(DoubleTensor.From)];
        inputs[input] = new DoubleTensor(inputs[input].Shape, [.. inputs[input].Values.Zip(direction, (x, d) => x + distance * d)]);
        double[] y = c.Definition(inputs).Values;
        float[] signs = Signs(y.Length, seed: 1);
        return y.Select((value, i) => value * signs[i]).Sum();
    }

    private static float[] Signs(long count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)count).Select(_ => random.Next(2) == 0 ? -1f : 1f)];
    }

    private static IEnumerable<int> Spread(int count) =>
        Enumerable.Range(0, Math.Min(count, CheckedElements)).Select(i => (int)((long)i * count / Math.Min(count, CheckedElements)));

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));

    private static void AssertClose(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double difference = Norm([.. expected.Zip(actual, (a, b) => a - b)]);
        Assert.True(difference <= ParityTolerance * (Norm(expected) + 1e-3), $"{what} differs by {difference:g3} of {Norm(expected):g3}");
    }
}
