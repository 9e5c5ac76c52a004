namespace SspNative.Engine.Optim;

/// <summary>Clipping by the norm of all gradients together, as <c>torch.nn.utils.clip_grad_norm_</c>.</summary>
public static class GradientClipping
{
    private const double Epsilon = 1e-6;

    /// <summary>√ Σ ‖g‖² over all gradients of a device, in double precision. Waits for the device once.</summary>
    public static double GlobalNorm(IEnumerable<Tensor> gradients)
    {
        Tensor[] all = [.. gradients];
        if (all.Length == 0)
            return 0;
        using Tensor squares = Tensor.Empty([all.Length], all[0].Device, DType.F64);
        squares.Device.Launch(new SumOfSquaresCall([.. all.Select(g => new SquaredTensor(g.Buffer, g.Count))], squares.Buffer));
        double sum = 0;
        foreach (double square in squares.ToDoubleArray())
            sum += square;
        return Math.Sqrt(sum);
    }

    /// <summary>The factor min(1, maxNorm / (norm + 1e-6)) that brings the global norm down to <paramref name="maxNorm"/>.</summary>
    public static float Scale(double norm, double maxNorm) => (float)Math.Min(1.0, maxNorm / (norm + Epsilon));
}
