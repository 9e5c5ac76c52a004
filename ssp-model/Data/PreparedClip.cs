using SspNative.Model.Data.Caching;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data;

/// <summary>T frames of a clip as plain numbers: all work before the networks that needs no device, done on any thread.</summary>
public sealed record PreparedClip
{
    /// <summary>The clip's uid.</summary>
    public required string Id { get; init; }

    /// <summary>T.</summary>
    public required int Frames { get; init; }

    /// <summary>Log-mel examples (T,96,64); empty where <see cref="AudioEmbedding"/> is given.</summary>
    public float[] Examples { get; init; } = [];

    /// <summary>Side S of the model's images.</summary>
    public int Size { get; init; }

    /// <summary>(T,3,S,S), normalised for Mask2Former.</summary>
    public float[] Pixels { get; init; } = [];

    /// <summary>Side of CLIP's images.</summary>
    public int VisionSize { get; init; }

    /// <summary>(T,3,VisionSize,VisionSize), normalised for CLIP; null where nothing will read them.</summary>
    public float[]? VisionPixels { get; init; }

    /// <summary>M_Pre or its stand-in (T,H,W), of the optical mask's size.</summary>
    public MaskStack PreMask { get; init; } = new([], 1, 1);

    /// <summary>Prompt tokens.</summary>
    public long[] Ids { get; init; } = [];

    /// <summary>The binary stage's masks (T,S,S), which task <c>avss</c> is given.</summary>
    public float[]? Stage1Mask { get; init; }

    /// <summary>VGGish's embeddings of the frames' sound (T,128), where they are known.</summary>
    public float[]? AudioEmbedding { get; init; }

    /// <summary>VGGish's embeddings in a cache; null where there is none.</summary>
    public FrozenFeature? CachedAudioEmbedding { get; init; }

    /// <summary>CLIP's last hidden state of the frames (T,1+P,D) in a cache; null where there is none.</summary>
    public FrozenFeature? CachedVisionTokens { get; init; }

    /// <summary>The log-mel examples (T,1,96,64) on a device.</summary>
    public Tensor Sound(IDevice device) => Tensor.FromArray(Examples, [Frames, 1, LogMel.Frames, LogMel.Bands], device);

    /// <summary>The clip with embeddings of 0 in place of its sound's.</summary>
    public PreparedClip WithoutSound() =>
        this with { Examples = [], CachedAudioEmbedding = null, AudioEmbedding = new float[Frames * AudioQueries.AudioChannels] };

    /// <summary>Prompt tokens (1,S) on a device, and the mask of as many ones, as none is padding.</summary>
    public static (Tensor Ids, Tensor Real) Words(long[] ids, IDevice device)
    {
        long[] real = new long[ids.Length];
        Array.Fill(real, 1);
        return (Tensor.FromArray(ids, [1, ids.Length], device), Tensor.FromArray(real, [1, ids.Length], device));
    }

    /// <summary>The model's inputs on a device.</summary>
    /// <param name="vision">Runs on the clip's pixels where its output is kept but not known yet.</param>
    /// <param name="vggish">
    /// Runs on the clip's examples unless its output is known; it is recorded only where a tape is open and its parameters are trained.
    /// </param>
    /// <param name="device">Where to.</param>
    public SspInputs Inputs(ClipVision? vision, Vggish? vggish, IDevice device)
    {
        using var scope = new TensorScope();
        Tensor mask = Ops.InterpolateBilinear(Tensor.FromArray(PreMask.Values, [Frames, PreMask.Height, PreMask.Width, 1], device), Size, Size);
        Tensor EmbedSound() => AudioEmbedding is { } known
            ? Tensor.FromArray(known, [Frames, known.Length / Frames], device)
            : vggish!.Forward(Sound(device));
        Tensor? VisionImages() => VisionPixels is null ? null : Tensor.FromArray(VisionPixels, [Frames, 3, VisionSize, VisionSize], device);
        Tensor pixels = Tensor.FromArray(Pixels, [Frames, 3, Size, Size], device), preMask = Ops.Reshape(mask, Frames, Size, Size);
        Tensor? visionPixels = CachedVisionTokens is null ? VisionImages() : null;
        (Tensor ids, Tensor real) = Words(Ids, device);
        var inputs = new SspInputs(
            pixels,
            preMask,
            visionPixels,
            ids,
            real,
            CachedAudioEmbedding?.Load(EmbedSound, device) ?? EmbedSound(),
            Stage1Mask is null ? null : Tensor.FromArray(Stage1Mask, [Frames, Size, Size], device))
        {
            VisionTokens = CachedVisionTokens?.Load(() => vision!.Forward(VisionImages()!).LastHiddenState, device),
        };
        scope.Keep<Tensor[]>([inputs.PixelValues, inputs.PreMask, ids, real, inputs.AudioEmbedding]);
        scope.Keep(((Tensor?[])[inputs.VisionPixelValues, inputs.VisionTokens, inputs.Stage1Mask]).OfType<Tensor>());
        return inputs;
    }
}
