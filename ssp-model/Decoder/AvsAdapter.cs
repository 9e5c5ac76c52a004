namespace SspNative.Model.Decoder;

/// <summary>AAVS's <c>avs_adapt</c>: W₂ · relu(W₁ · x), (…,C) → (…,C/4) → (…,C). Parameters <c>0</c> and <c>2</c>.</summary>
internal sealed class AvsAdapter(ParameterPath path, int channels)
{
    private readonly Mlp _mlp = new(path.As(Role.Head) / 0, path.As(Role.Head) / 2, channels, channels / 4, Activation.Relu);

    public Tensor Forward(Tensor x, Tensor? residual = null) => _mlp.Forward(x, residual);
}
