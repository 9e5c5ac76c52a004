namespace SspNative.Engine.Nn;

/// <summary>y = x · Wᵀ + b: (…,in) → (…,out). Parameters <c>weight</c> (out,in) and <c>bias</c> (out).</summary>
public sealed class Linear
{
    public Linear(ParameterPath path, int inFeatures, int outFeatures, bool bias = true)
    {
        Weight = path.Get("weight", outFeatures, inFeatures);
        Bias = bias ? path.Get("bias", outFeatures) : null;
    }

    public Tensor Weight { get; }

    public Tensor? Bias { get; }

    /// <summary>f(x · Wᵀ + b) + residual, in one pass.</summary>
    public Tensor Forward(Tensor x, Activation activation = Activation.None, Tensor? residual = null) =>
        Ops.Linear(x, Weight, Bias, activation, residual);
}
