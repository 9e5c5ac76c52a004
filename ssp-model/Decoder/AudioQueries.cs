namespace SspNative.Model.Decoder;

/// <summary>
/// AAVS's object queries: with a = proj(VGGish) the content of query n in frame t is features[n] + cos(embedder[n], a[t]) · a[t]:
/// VGGish (T,128) → (T,N,C).
/// </summary>
public sealed class AudioQueries : Layer
{
    /// <summary>Channels of a VGGish embedding.</summary>
    public const int AudioChannels = 128;

    private readonly Tensor _embedder;
    private readonly Tensor _features;
    private readonly Mlp _audioProj;
    private readonly int _count;
    private readonly int _channels;

    public AudioQueries(ParameterPath transformer, ParameterPath audioProj, int count, int channels, int audioHidden)
    {
        Initializer init = Init.Uniform(deviation: 1);
        transformer = transformer.As(Role.Head);
        audioProj = audioProj.As(Role.Head);
        _embedder = (transformer / "queries_embedder").Get("weight", [count, channels], init);
        _features = (transformer / "queries_features").Get("weight", [count, channels], init);
        _audioProj = new Mlp(audioProj / 0, audioProj / 2, AudioChannels, audioHidden, Activation.Relu, channels);
        _count = count;
        _channels = channels;
    }

    /// <summary>Position embedding of the queries (1,N,C).</summary>
    public Tensor Position() => Ops.Reshape(_embedder, 1, _count, _channels);

    protected override Tensor Compute(Tensor audio)
    {
        int frames = audio.Shape[0];
        Tensor a = Ops.Reshape(_audioProj.Forward(audio), frames, 1, _channels);
        Tensor similarity = Ops.CosineSimilarity(Position(), a);
        Tensor weighted = Ops.Mul(Ops.Reshape(similarity, frames, _count, 1), a);
        return Ops.Add(Ops.Reshape(_features, 1, _count, _channels), weighted);
    }
}
