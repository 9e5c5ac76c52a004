namespace SspNative.Engine.Nn;

/// <summary>y = x · Wᵀ + b: (…,in) → (…,out). Parameters <c>weight</c> (out,in) and <c>bias</c> (out).</summary>
public sealed class Linear
{
    /// <param name="path">The layer's prefix.</param>
    /// <param name="inFeatures">Channels of the input.</param>
    /// <param name="outFeatures">Channels of the output.</param>
    /// <param name="bias">Whether it has a bias.</param>
    /// <param name="init">The weight's first values; by default <see cref="Init.XavierUniform"/>.</param>
    /// <param name="biasInit">The bias's; by default zeros.</param>
    /// <param name="isRead">Whether something else reads <see cref="Weight"/> as a matrix. It then is never packed.</param>
    public Linear(
        ParameterPath path, int inFeatures, int outFeatures, bool bias = true, Initializer? init = null, Initializer? biasInit = null, bool isRead = false)
    {
        (Shape shape, Initializer first) = ([outFeatures, inFeatures], init ?? Init.XavierUniform);
        Weight = isRead ? path.GetMatrix("weight", shape, first) : path.GetWeight("weight", shape, first);
        Bias = bias ? path.Get("bias", [outFeatures], biasInit ?? Init.Zeros) : null;
    }

    public Tensor Weight { get; }

    public Tensor? Bias { get; }

    /// <summary>f(x · Wᵀ + b) + residual, in one pass.</summary>
    public Tensor Forward(Tensor x, Activation activation = Activation.None, Tensor? residual = null) =>
        Ops.Linear(x, Weight, Bias, activation, residual);
}
