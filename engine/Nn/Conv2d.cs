namespace SspNative.Engine.Nn;

/// <summary>A 2-D convolution of channels-last maps. Parameters <c>weight</c> (out,in/groups,k,k) and <c>bias</c> (out).</summary>
public sealed class Conv2d
{
    private readonly int _stride;
    private readonly int _padding;

    public Conv2d(ParameterPath path, int inChannels, int outChannels, int kernel, int stride = 1, int padding = 0, bool bias = true)
    {
        Weight = path.Get("weight", outChannels, inChannels, kernel, kernel);
        Bias = bias ? path.Get("bias", outChannels) : null;
        _stride = stride;
        _padding = padding;
    }

    public Tensor Weight { get; }

    public Tensor? Bias { get; }

    /// <summary>(B,H,W,in) → (B,H′,W′,out).</summary>
    public Tensor Forward(Tensor x, Activation activation = Activation.None) =>
        Ops.Conv2d(x, Weight, Bias, _stride, _padding, activation: activation);
}
