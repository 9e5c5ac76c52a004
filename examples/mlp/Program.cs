// A network of two layers learns exclusive or, with the engine alone.
using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Engine.Optim;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;

using var parameters = new ParameterStore(new InitialWeights(seed: 1), CpuDevice.Default);
var network = new Network(parameters.Root);
parameters.Train();
using var optimizer = new AdamW { LearningRate = 0.02f };
using Tensor points = Tensor.FromArray([0f, 0f, 0f, 1f, 1f, 0f, 1f, 1f], [4, 2], parameters.Device);
using Tensor classes = Tensor.FromArray([0L, 1L, 1L, 0L], [4], parameters.Device);
for (int step = 0; step <= 200; step++)
{
    using var scope = new TensorScope();
    using var tape = new GradientTape();
    Tensor loss = Ops.CrossEntropy(network.Forward(points), classes);
    using Gradients gradients = tape.Backward(loss);
    optimizer.Update(parameters, gradients);
    if (step % 40 == 0)
        Console.WriteLine($"step {step,3}  loss {loss.Item():f4}");
}

internal sealed class Network(ParameterPath path) : Layer
{
    private readonly Linear _hidden = new(path / "hidden", 2, 32), _output = new(path / "output", 32, 2);

    protected override Tensor Compute(Tensor x) => _output.Forward(_hidden.Forward(x, Activation.Relu));
}
