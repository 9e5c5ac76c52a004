namespace SspNative.Engine.Optim;

/// <summary>Clipping by the norm of all gradients together, as <c>torch.nn.utils.clip_grad_norm_</c>.</summary>
public static class GradientClipping
{
    private const double Epsilon = 1e-6;

    /// <summary>√ Σ ‖g‖² over all gradients, in double precision.</summary>
    public static double GlobalNorm(IEnumerable<Tensor> gradients) =>
        Math.Sqrt(gradients.Sum(g => g.Kernels.SumOfSquares(g.Buffer, g.Count)));

    /// <summary>The factor min(1, maxNorm / (norm + 1e-6)) that brings the global norm down to <paramref name="maxNorm"/>.</summary>
    public static float Scale(double norm, double maxNorm) => (float)Math.Min(1.0, maxNorm / (norm + Epsilon));
}
