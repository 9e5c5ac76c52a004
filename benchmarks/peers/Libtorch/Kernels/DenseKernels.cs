using SspNative.Lab.Workloads;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>Matrix products: (m,k) · (n,k)ᵀ.</summary>
internal static class DenseKernels
{
    public static TorchCase MatMul(BenchCase work)
    {
        Tensor x = randn(work.Sizes["m"], work.Sizes["k"]), w = randn(work.Sizes["n"], work.Sizes["k"]);
        return new TorchCase(work.Pass, [x, w], () => [functional.linear(x, w)]);
    }

    /// <summary>With bias and, if wanted, the exact GELU.</summary>
    public static TorchCase Linear(BenchCase work, bool gelu)
    {
        Tensor x = randn(work.Sizes["m"], work.Sizes["k"]), w = randn(work.Sizes["n"], work.Sizes["k"]), b = randn(work.Sizes["n"]);
        return new TorchCase(work.Pass, [x, w, b], () =>
        {
            Tensor y = functional.linear(x, w, b);
            return [gelu ? functional.gelu(y) : y];
        });
    }
}
