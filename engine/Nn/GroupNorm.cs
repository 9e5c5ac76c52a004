namespace SspNative.Engine.Nn;

/// <summary>Group normalisation of channels-last maps. Parameters <c>weight</c> and <c>bias</c> (C).</summary>
public sealed class GroupNorm(ParameterPath path, int groups, int channels, float epsilon = 1e-5f)
{
    private readonly Tensor _weight = path.Get("weight", [channels], Init.Ones);
    private readonly Tensor _bias = path.Get("bias", [channels], Init.Zeros);

    public Tensor Forward(Tensor x) => Ops.GroupNorm(x, _weight, _bias, groups, epsilon);
}
