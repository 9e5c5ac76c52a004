namespace SspNative.Engine.Nn;

/// <summary>A 2-D convolution of channels-last maps. Parameters <c>weight</c> (out,in/groups,k,k) and <c>bias</c> (out).</summary>
public sealed class Conv2d
{
    private readonly int _stride;
    private readonly int _padding;
    private readonly int _groups;

    /// <param name="path">The layer's prefix.</param>
    /// <param name="inChannels">Channels of the input, a multiple of the groups.</param>
    /// <param name="outChannels">Channels of the output, a multiple of the groups.</param>
    /// <param name="kernel">Height and width of the kernel.</param>
    /// <param name="stride">Pixels between two outputs.</param>
    /// <param name="padding">Zeros around the map.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    /// <param name="bias">Whether it has a bias.</param>
    /// <param name="init">The weight's first values; by default <see cref="Init.KaimingUniform"/>.</param>
    public Conv2d(
        ParameterPath path, int inChannels, int outChannels, int kernel, int stride = 1, int padding = 0, int groups = 1, bool bias = true,
        Initializer? init = null)
    {
        if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0)
            throw new ArgumentException($"conv2d: {inChannels} and {outChannels} channels do not divide into {groups} groups");
        Weight = path.Get("weight", [outChannels, inChannels / groups, kernel, kernel], init ?? Init.KaimingUniform);
        Bias = bias ? path.Get("bias", [outChannels], Init.Zeros) : null;
        _stride = stride;
        _padding = padding;
        _groups = groups;
    }

    public Tensor Weight { get; }

    public Tensor? Bias { get; }

    /// <summary>(B,H,W,in) → (B,H′,W′,out).</summary>
    public Tensor Forward(Tensor x, Activation activation = Activation.None) =>
        Ops.Conv2d(x, Weight, Bias, _stride, _padding, _groups, activation);
}
