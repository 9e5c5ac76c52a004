using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>Class logits (B,N,labels+1) and mask logits (B,N,h,w).</summary>
internal sealed record Prediction(Tensor Classes, Tensor Masks);

/// <summary>
/// Mask2Former's transformer decoder with AAVS's audio queries: layers attend to the three levels in turn, inside the masks of the prediction before.
/// </summary>
internal sealed class QueryDecoder
{
    private const int LevelCount = 3, AudioChannels = 128;

    private readonly Parameter _embedder;
    private readonly Parameter _features;
    private readonly Parameter _levelEmbed;
    private readonly Mlp _audio;
    private readonly SinePosition _sine;
    private readonly MaskedDecoderLayer[] _layers;
    private readonly LayerNorm _norm;
    private readonly Linear[] _maskEmbedder;
    private readonly Linear _classes;

    public QueryDecoder(Weights.Path root, AavsSizes sizes)
    {
        Mask2FormerSizes m = sizes.Mask2former;
        int c = m.HiddenDim;
        Weights.Path transformer = root / "model" / "model" / "transformer_module", decoder = transformer / "decoder";
        Weights.Path masks = decoder / "mask_predictor" / "mask_embedder";
        _embedder = (transformer / "queries_embedder").Parameter("weight", m.NumQueries, c);
        _features = (transformer / "queries_features").Parameter("weight", m.NumQueries, c);
        _levelEmbed = (transformer / "level_embed").Parameter("weight", LevelCount, c);
        _audio = new Mlp(root / "audio_proj" / 0, root / "audio_proj" / 2, AudioChannels, sizes.AudioHidden, Mlp.Relu, c);
        _sine = new SinePosition(c / 2);
        _layers = [.. Enumerable.Range(0, m.DecoderLayers - 1).Select(i => new MaskedDecoderLayer(decoder / "layers" / i, m))];
        _norm = (decoder / "layernorm").LayerNorm(c);
        _maskEmbedder = [(masks / 0 / 0).Linear(c, c), (masks / 1 / 0).Linear(c, c), (masks / 2 / 0).Linear(c, m.MaskFeatureSize)];
        _classes = (root / "model" / "class_predictor").Linear(c, sizes.NumLabels + 1);
    }

    /// <param name="levels">Maps of strides 32, 16 and 8.</param>
    /// <param name="maskFeatures">(B,C,h,w).</param>
    /// <param name="audio">VGGish (B,128).</param>
    public IReadOnlyList<Prediction> Forward(Tensor[] levels, Tensor maskFeatures, Tensor audio)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] tokens = [.. levels.Select((map, i) => map.flatten(2).transpose(1, 2) + _levelEmbed.narrow(0, i, 1))];
        Tensor[] positions = [.. levels.Select(map => _sine.Get(map.shape[2], map.shape[3]))];
        Tensor queryPosition = _embedder.unsqueeze(0);
        Tensor x = Queries(audio);
        var predictions = new List<Prediction> { Predict(x, maskFeatures) };
        for (int i = 0; i < _layers.Length; i++)
        {
            int level = i % LevelCount;
            Tensor seen = Seen(predictions[^1].Masks, levels[level].shape[2..]);
            x = _layers[i].Forward(x, queryPosition, tokens[level], positions[level], seen);
            predictions.Add(Predict(x, maskFeatures));
        }
        foreach (Prediction prediction in predictions)
        {
            prediction.Classes.MoveToOuterDisposeScope();
            prediction.Masks.MoveToOuterDisposeScope();
        }
        return predictions;
    }

    // features[n] + cos(embedder[n], a[t])·a[t], (T,N,C).
    private Tensor Queries(Tensor audio)
    {
        Tensor a = _audio.Forward(audio).unsqueeze(1);
        Tensor similarity = nn.functional.cosine_similarity(_embedder.unsqueeze(0), a, 2, 1e-8);
        return _features.unsqueeze(0) + similarity.unsqueeze(-1) * a;
    }

    private Prediction Predict(Tensor x, Tensor maskFeatures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normed = _norm.forward(x);
        Tensor e = nn.functional.relu(_maskEmbedder[0].forward(normed));
        e = _maskEmbedder[2].forward(nn.functional.relu(_maskEmbedder[1].forward(e)));
        Tensor masks = einsum("bqc,bchw->bqhw", e, maskFeatures);
        return new Prediction(_classes.forward(normed).MoveToOuterDisposeScope(), masks.MoveToOuterDisposeScope());
    }

    // Which tokens a query may see, (B,1,N,M): those of its last mask, or all where that is empty.
    private static Tensor Seen(Tensor masks, long[] size)
    {
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor resized = nn.functional.interpolate(masks.detach(), size, mode: InterpolationMode.Bilinear, align_corners: false);
        Tensor seen = resized.sigmoid().ge(0.5).flatten(2);
        return seen.logical_or(seen.any(-1, true).logical_not()).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
