namespace SspNative.Model.Decoder;

/// <summary>
/// What the semantic stage makes of the binary mask b (B,H,W) in 0…1: an addend of the final features, the first layer's attention
/// mask, and an embedding of how sure it is at each token.
/// </summary>
public sealed class MaskGuidance(ParameterPath transformer, int channels)
{
    private const float SilentBelow = 0.4f;
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
        float[] b = Resize(mask, height, width).ToArray();
        var choice = new float[b.Length * 3];
        for (int i = 0; i < b.Length; i++)
            choice[3 * i + (b[i] <= SilentBelow ? 0 : b[i] >= SoundingFrom ? 2 : 1)] = 1f;
        Tensor table = Ops.Concat([_silence, _uncertain, _audio], 0);
        return scope.Keep(Ops.MatMul(Tensor.FromArray(choice, [mask.Shape[0], height * width, 3], mask.Device), table));
    }

    private static Tensor Embedding(ParameterPath path, int channels) =>
        path.As(Role.Head).Get("weight", [1, channels], Init.Uniform(deviation: 1));
}
