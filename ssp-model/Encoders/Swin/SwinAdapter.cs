namespace SspNative.Model.Encoders.Swin;

/// <summary>AAVS's bottleneck adapter: x + W₂ · relu(W₁ · x), (…,C) → (…,C/4) → (…,C). Parameters <c>0</c> and <c>2</c>.</summary>
internal sealed class SwinAdapter(ParameterPath path, int channels)
{
    private readonly Mlp _mlp = new(path.As(Role.Adapter) / 0, path.As(Role.Adapter) / 2, channels, channels / 4, Activation.Relu);

    public Tensor Forward(Tensor x) => _mlp.Forward(x, residual: x);
}
