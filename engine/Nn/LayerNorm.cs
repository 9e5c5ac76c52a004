namespace SspNative.Engine.Nn;

/// <summary>Layer normalisation over the last dimension. Parameters <c>weight</c> and <c>bias</c> (C).</summary>
public sealed class LayerNorm(ParameterPath path, int channels, float epsilon = 1e-5f)
{
    public Tensor Weight { get; } = path.Get("weight", [channels], Init.Ones);

    public Tensor Bias { get; } = path.Get("bias", [channels], Init.Zeros);

    public float Epsilon => epsilon;

    public Tensor Forward(Tensor x) => Ops.LayerNorm(x, Weight, Bias, epsilon);
}
