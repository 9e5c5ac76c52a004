namespace SspNative.Engine.Nn;

/// <summary>Two linear layers with an activation between: W₂ · f(W₁ · x + b₁) + b₂ (+ residual).</summary>
/// <param name="first">The first layer's prefix.</param>
/// <param name="second">The second layer's.</param>
/// <param name="channels">Channels of the input, and of the output unless <paramref name="outChannels"/> says otherwise.</param>
/// <param name="hidden">Channels between.</param>
/// <param name="activation">f.</param>
/// <param name="outChannels">Channels of the output.</param>
public sealed class Mlp(ParameterPath first, ParameterPath second, int channels, int hidden, Activation activation, int? outChannels = null)
{
    private readonly Linear _first = new(first, channels, hidden);
    private readonly Linear _second = new(second, hidden, outChannels ?? channels);

    public Tensor Forward(Tensor x, Tensor? residual = null) =>
        Ops.FeedForward(x, _first.Weight, _first.Bias, activation, _second.Weight, _second.Bias, residual);
}
