using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.Weights;

namespace SspNative.Model.Data.Caching;

/// <summary>
/// The encoders of a model that a training leaves as they are, and the cache that holds what they made of clips, so that each runs once for a clip over
/// all epochs and runs. An encoder's outputs are named by its input, its weights, its configuration, the device and the program. May be used from
/// several threads.
/// </summary>
public sealed class FrozenEncoders
{
    private readonly ClipCache _cache;
    private readonly string? _clipVision;
    private readonly string? _vggish;

    /// <param name="cache">What is known, and will be.</param>
    /// <param name="parameters">The model's, whose weights are read; an encoder counts as frozen when none of its own requires a gradient.</param>
    /// <param name="config">The encoders' configuration.</param>
    public FrozenEncoders(ClipCache cache, ParameterStore parameters, SspConfig config)
    {
        _cache = cache;
        _clipVision = Identity(parameters, ModelPart.Clip.Prefix, ConfigJson.Write(config.Clip));
        _vggish = Identity(parameters, ModelPart.Vggish.Prefix, ConfigJson.Write(config.Vggish));
    }

    /// <summary>CLIP's last hidden state of frames (T,1+P,D); null where CLIP is trained or not used.</summary>
    public FrozenFeature? VisionTokens(IReadOnlyList<Image> frames)
    {
        if (_clipVision is null)
            return null;
        CacheKeyBuilder key = new CacheKeyBuilder("clip").Add("encoder", _clipVision);
        foreach (Image frame in frames)
            key.Add("frame", frame);
        return new FrozenFeature(_cache, key.Build());
    }

    /// <summary>VGGish's embeddings of log-mel examples (T,128); null where VGGish is trained.</summary>
    public FrozenFeature? AudioEmbedding(float[] examples) =>
        _vggish is null ? null : new FrozenFeature(_cache, new CacheKeyBuilder("vggish").Add("encoder", _vggish).Add("examples", examples).Build());

    private static string? Identity(ParameterStore parameters, string prefix, string config)
    {
        string[] names = [.. parameters.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];
        if (names.Length == 0 || names.Any(n => parameters[n].RequiresGrad))
            return null;
        CacheKeyBuilder identity = new CacheKeyBuilder("encoder").Add("config", config).Add("device", parameters.Device.Identity).AddProgram();
        foreach (string name in names)
            identity.Add($"{name} {parameters[name].Shape}", parameters[name].ToArray());
        return identity.Build().Name;
    }
}

/// <summary>What a frozen encoder makes of one clip: known already, or to be computed and kept.</summary>
public sealed class FrozenFeature
{
    private const string Entry = "features";

    private readonly ClipCache _cache;
    private readonly CacheKey _key;
    private readonly CachedArray? _known;

    internal FrozenFeature(ClipCache cache, CacheKey key)
    {
        _cache = cache;
        _key = key;
        _known = cache.Find(key)?[Entry];
    }

    /// <summary>Whether the encoder's input is no longer needed.</summary>
    public bool IsKnown => _known is not null;

    /// <summary>The feature on a device.</summary>
    /// <param name="encode">Runs the encoder; called where the feature is not known.</param>
    /// <param name="device">Where to.</param>
    public Tensor Load(Func<Tensor> encode, IDevice device)
    {
        CachedArray feature = _known ?? _cache.GetOrAdd(_key, () =>
        {
            using var scope = new TensorScope();
            Tensor encoded = encode();
            return new Dictionary<string, CachedArray> { [Entry] = new(encoded.ToArray(), encoded.Shape) };
        })[Entry];
        return Tensor.FromArray(feature.Data, feature.Shape, device);
    }
}
