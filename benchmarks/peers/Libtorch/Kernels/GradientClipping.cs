using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>As <c>torch.nn.utils.clip_grad_norm_</c>, which TorchSharp has for gradients inside parameters only.</summary>
internal static class GradientClipping
{
    public static void Apply(IReadOnlyList<Tensor> gradients, double maxNorm)
    {
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor norm = stack(gradients.Select(g => g.norm())).norm();
        Tensor scale = (maxNorm / (norm + 1e-6)).clamp_max(1);
        foreach (Tensor gradient in gradients)
            gradient.mul_(scale);
    }
}
