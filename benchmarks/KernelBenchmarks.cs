using BenchmarkDotNet.Attributes;
using SspNative.Engine;
using SspNative.Kernels;

namespace SspNative.Benchmarks;

/// <summary>Linear layers at the model's shapes: x (M,K) · Wᵀ (K,N) + b.</summary>
public class LinearBenchmarks
{
    private Tensor _x = null!;
    private Tensor _weight = null!;
    private Tensor _bias = null!;

    [ParamsSource(nameof(Shapes))]
    public (int M, int N, int K) Shape { get; set; }

    public static IEnumerable<(int M, int N, int K)> Shapes =>
        [(1024, 1024, 1024), (2048, 2048, 2048), (9216, 512, 128), (2304, 1024, 256), (576, 2048, 512), (2048, 512, 512), (30, 256, 256), (1, 4096, 4096)];

    [GlobalSetup]
    public void Setup()
    {
        _x = BenchmarkTensors.Random("x", Shape.M, Shape.K);
        _weight = BenchmarkTensors.Random("w", Shape.N, Shape.K);
        _bias = BenchmarkTensors.Random("b", Shape.N);
    }

    [Benchmark(Baseline = true)]
    public void Linear()
    {
        using var scope = new TensorScope();
        Ops.Linear(_x, _weight, _bias);
    }

    [Benchmark]
    public void LinearGelu()
    {
        using var scope = new TensorScope();
        Ops.Linear(_x, _weight, _bias, Activation.Gelu);
    }
}

/// <summary>Attention of every kind at the model's shapes.</summary>
public class AttentionBenchmarks
{
    private readonly Tensor _window7 = BenchmarkTensors.Random("w7", 1, 56, 56, 3 * 4 * 32);
    private readonly Tensor _table7 = BenchmarkTensors.Random("t7", 169, 4);
    private readonly Tensor _window12 = BenchmarkTensors.Random("w12", 1, 96, 96, 3 * 4 * 32);
    private readonly Tensor _table12 = BenchmarkTensors.Random("t12", 529, 4);
    private readonly Tensor _tokens = BenchmarkTensors.Random("q", 1, 2048, 8 * 64);
    private readonly Tensor _queries = BenchmarkTensors.Random("n", 1, 100, 256);
    private readonly Tensor _level = BenchmarkTensors.Random("l", 1, 9216, 256);
    private readonly Tensor _value = BenchmarkTensors.Random("v", 1, 3024, 8, 32);
    private readonly Tensor _locations = BenchmarkTensors.Random("p", 1, 3024, 8, 3, 4, 2);
    private readonly Tensor _weights = BenchmarkTensors.Random("a", 1, 3024, 8, 3, 4);

    [Benchmark]
    public void Window7Shifted()
    {
        using var scope = new TensorScope();
        Ops.WindowAttention(_window7, _table7, 7, 3, 4);
    }

    [Benchmark]
    public void Window12Shifted()
    {
        using var scope = new TensorScope();
        Ops.WindowAttention(_window12, _table12, 12, 6, 4);
    }

    [Benchmark]
    public void Attention8x2048x64()
    {
        using var scope = new TensorScope();
        Ops.Attention(_tokens, _tokens, _tokens, 8);
    }

    [Benchmark]
    public void CrossAttention100x9216()
    {
        using var scope = new TensorScope();
        Ops.Attention(_queries, _level, _level, 8);
    }

    [Benchmark]
    public void Deformable384()
    {
        using var scope = new TensorScope();
        Ops.DeformableAttention(_value, [(12, 12), (24, 24), (48, 48)], _locations, _weights);
    }
}

/// <summary>Convolution, norms and resampling at the pixel decoder's shapes.</summary>
public class MapBenchmarks
{
    private readonly Tensor _map = BenchmarkTensors.Random("m", 1, 96, 96, 256);
    private readonly Tensor _top = BenchmarkTensors.Random("top", 1, 48, 48, 256);
    private readonly Tensor _kernel = BenchmarkTensors.Random("k", 256, 256, 3, 3);
    private readonly Tensor _gain = BenchmarkTensors.Random("g", 256);

    [Benchmark]
    public void Conv3x3()
    {
        using var scope = new TensorScope();
        Ops.Conv2d(_map, _kernel, padding: 1);
    }

    [Benchmark]
    public void LayerNorm()
    {
        using var scope = new TensorScope();
        Ops.LayerNorm(_map, _gain, _gain);
    }

    [Benchmark]
    public void GroupNorm()
    {
        using var scope = new TensorScope();
        Ops.GroupNorm(_map, _gain, _gain, 32);
    }

    [Benchmark]
    public void UpsampleAdd()
    {
        using var scope = new TensorScope();
        Ops.UpsampleAdd(_top, _map);
    }
}
