using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;

namespace SspNative.Benchmarks;

/// <summary>Seeded tensors that outlive the benchmark's runs.</summary>
internal static class BenchmarkTensors
{
    public static Tensor Random(string name, params int[] shape) =>
        TensorScope.Unowned(NamedStream.Uniform(name, new Shape(shape), 1, 0f, 1f, CpuDevice.Default));
}
