namespace SspNative.Model.Decoder;

/// <summary>
/// What the semantic stage makes of the binary mask b (B,H,W) in 0…1: an addend of the final features, the first layer's attention
/// mask, and an embedding of how sure it is at each token.
/// </summary>
internal sealed class Stage1Guidance(ParameterPath transformer, int channels)
{
    private const float SilentUpTo = 0.4f;
    private const float SoundingFrom = 0.6f;

    private readonly Tensor _silence = Embedding(transformer / "silence_embed", channels);
    private readonly Tensor _uncertain = Embedding(transformer / "uncertain_embed", channels);
    private readonly Tensor _audio = Embedding(transformer / "audio_embed", channels);

    /// <summary>b at the size of a map, (B,height,width,1): to be added to every channel of the final features.</summary>
    public static Tensor Resize(Tensor mask, int height, int width) => Ops.InterpolateBilinear(
        Ops.Reshape(mask, mask.Shape[0], mask.Shape[1], mask.Shape[2], 1), height, width);

    /// <summary>Tokens that the first layer may not attend to: bytes (B,height·width), 1 where b &lt; ½.</summary>
    public static Tensor FirstAttentionMask(Tensor mask, int height, int width) =>
        Ops.Reshape(Ops.LessThan(Resize(mask, height, width), 0.5f), mask.Shape[0], height * width);

    /// <summary>(B,height·width,C): the silence embedding where b ≤ 0.4, the audio embedding where b ≥ 0.6, else the uncertain one.</summary>
    public Tensor PositionEmbedding(Tensor mask, int height, int width)
    {
        using var scope = new TensorScope();
        Tensor b = Resize(mask, height, width);
        // The largest tells which, the first of equals: 0.4 − b up to 0.4, b − 0.6 from 0.6 on, else 0.
        Tensor choice = Ops.Hardmax(Ops.Concat([SilentUpTo - b, b - SoundingFrom, Tensor.Zeros(b.Shape, b.Device)], -1));
        Tensor table = Ops.Concat([_silence, _audio, _uncertain], 0);
        return scope.Keep(Ops.MatMul(Ops.Reshape(choice, mask.Shape[0], height * width, 3), table));
    }

    private static Tensor Embedding(ParameterPath path, int channels) =>
        path.As(Role.Head).Get("weight", [1, channels], Init.Uniform(deviation: 1));
}
