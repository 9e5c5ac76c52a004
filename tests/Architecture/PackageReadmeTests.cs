using System.Runtime.InteropServices;
using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Engine.Optim;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Kernels.Operators;
using SspNative.Model;
using SspNative.Model.Pipeline;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>The examples of the packages' pages compile, here, and run where they need no file.</summary>
[LeakCheck]
public sealed class PackageReadmeTests
{
    private const string ThisFile = "tests/Architecture/PackageReadmeTests.cs";

    [Theory]
    [InlineData("kernels/README.md")]
    [InlineData("engine/README.md")]
    [InlineData("ssp-model/README.md")]
    public void TheExampleOfAPackageIsCompiledHere(string page)
    {
        string example = Assert.Single(File.ReadAllText(Repository.Path(page)).ReplaceLineEndings("\n").Split("```csharp\n").Skip(1)).Split("\n```")[0];
        Assert.Contains(Lines(example), Lines(File.ReadAllText(Repository.Path(ThisFile))));
    }

    [Fact]
    public void Kernels()
    {
        IDevice device = CpuDevice.Default;
        float[] numbers = [-1f, 0f, 2f];
        DeviceBuffer x = device.Allocate(3 * sizeof(float)), y = device.Allocate(3 * sizeof(float));
        device.CopyFromHost(MemoryMarshal.AsBytes(numbers.AsSpan()), x);
        device.Launch(new UnaryCall<Relu>(x, y, 3));
        device.CopyToHost(y, MemoryMarshal.AsBytes(numbers.AsSpan()));
        x.Release();
        y.Release();
        Console.WriteLine(string.Join(", ", numbers)); // 0, 0, 2
        Assert.Equal([0f, 0f, 2f], numbers);
    }

    [Fact]
    public void Engine()
    {
        using var parameters = new ParameterStore(new InitialWeights(seed: 1), CpuDevice.Default);
        var layer = new Linear(parameters.Root / "layer", 2, 3);
        parameters.Train();
        using var optimizer = new AdamW { LearningRate = 0.02f };
        using (var scope = new TensorScope())
        using (var tape = new GradientTape())
        {
            Tensor points = Tensor.FromArray([0f, 1f, 1f, 0f], [2, 2], parameters.Device);
            Tensor classes = Tensor.FromArray([0L, 2L], [2], parameters.Device);
            Tensor loss = Ops.CrossEntropy(layer.Forward(points), classes);
            using Gradients gradients = tape.Backward(loss);
            optimizer.Update(parameters, gradients);
            Console.WriteLine(loss.Item());
        }
    }

    private static void Model()
    {
        using var model = SspModel.Load("model.safetensors");
        foreach (SegmentedFrame frame in model.Segment("clip.mp4"))
            Console.WriteLine($"{frame.Time} s: {frame.Objects.Count} sounding objects");
    }

    private static string Lines(string code) => string.Join('\n', code.Split('\n').Select(l => l.Trim()));
}
