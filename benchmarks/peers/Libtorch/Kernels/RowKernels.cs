using SspNative.Lab.Workloads;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>Functions of rows and of single elements.</summary>
internal static class RowKernels
{
    public static TorchCase LayerNorm(BenchCase work)
    {
        int channels = work.Sizes["channels"];
        Tensor x = randn(work.Sizes["rows"], channels), weight = randn(channels), bias = randn(channels);
        return new TorchCase(work.Pass, [x, weight, bias], () => [functional.layer_norm(x, [channels], weight, bias)]);
    }

    public static TorchCase Softmax(BenchCase work)
    {
        Tensor x = randn(work.Sizes["rows"], work.Sizes["columns"]);
        return new TorchCase(work.Pass, [x], () => [functional.softmax(x, -1)]);
    }

    public static TorchCase Sum(BenchCase work)
    {
        Tensor x = randn(work.Sizes["rows"], work.Sizes["columns"]);
        return new TorchCase(work.Pass, [x], () => [x.sum(-1)]);
    }

    public static TorchCase Unary(BenchCase work, Func<Tensor, Tensor> function)
    {
        Tensor x = randn(work.Sizes["count"]);
        return new TorchCase(work.Pass, [x], () => [function(x)]);
    }

    public static TorchCase Binary(BenchCase work, Func<Tensor, Tensor, Tensor> function)
    {
        Tensor a = randn(work.Sizes["count"]), b = randn(work.Sizes["count"]);
        return new TorchCase(work.Pass, [a, b], () => [function(a, b)]);
    }
}
