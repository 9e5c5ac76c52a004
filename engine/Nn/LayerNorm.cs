namespace SspNative.Engine.Nn;

/// <summary>Layer normalisation over the last dimension. Parameters <c>weight</c> and <c>bias</c> (C).</summary>
public sealed class LayerNorm(ParameterPath path, int channels, float epsilon = 1e-5f)
{
    private readonly Tensor _weight = path.Get("weight", channels);
    private readonly Tensor _bias = path.Get("bias", channels);

    public Tensor Forward(Tensor x) => Ops.LayerNorm(x, _weight, _bias, epsilon);
}
