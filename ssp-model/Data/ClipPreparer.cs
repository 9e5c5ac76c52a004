using SspNative.Model.Config;
using SspNative.Model.Data.Caching;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data;

/// <summary>What is known of some frames of a clip, before anything is resized.</summary>
/// <param name="Id">The clip's uid.</param>
/// <param name="Frames">T pictures of one size.</param>
/// <param name="OpticalMask">M_O of these frames.</param>
/// <param name="Prompts">What a language model said of the clip.</param>
internal sealed record ClipFrames(string Id, IReadOnlyList<Image> Frames, MaskStack OpticalMask, Prompts Prompts)
{
    /// <summary>Log-mel examples (T,96,64); empty where the embeddings are known.</summary>
    public float[] Examples { get; init; } = [];

    /// <summary>VGGish's embeddings (T,128), where they are known.</summary>
    public float[]? AudioEmbedding { get; init; }

    /// <summary>Whether what CLIP and the text say of the frames is known, so that no picture for CLIP is made.</summary>
    public bool IsAligned { get; init; }

    /// <summary>The binary stage's mask of each frame, or in training the truth; null where nothing asks for it.</summary>
    public IReadOnlyList<LabelMap>? Stage1Masks { get; init; }
}

/// <summary>
/// Turns frames of a clip into what the networks read: the one road for segmenting, training, evaluation and the binary stage, for a frame or for
/// all. May be used from several threads.
/// </summary>
/// <param name="config">The model's sizes.</param>
/// <param name="tokenizer">The tokenizer of the model's text encoder.</param>
/// <param name="frozen">Looks up what frozen encoders computed of a clip; null leaves that to the model.</param>
internal sealed class ClipPreparer(SspConfig config, PromptTokenizer tokenizer, FrozenEncoders? frozen = null)
{
    /// <param name="clip">The frames.</param>
    /// <param name="mode">What multiplies them.</param>
    public PreparedClip Prepare(ClipFrames clip, InferenceMaskMode mode)
    {
        int size = config.ImageSize, frames = clip.Frames.Count;
        FrozenFeature? tokens = frozen?.VisionTokens(clip.Frames);
        return new PreparedClip
        {
            Id = clip.Id,
            Frames = frames,
            Examples = clip.Examples,
            Size = size,
            Pixels = Pictures(clip.Frames, size, (frame, pixels) => Mask2FormerImageProcessor.Process(frame, pixels, size, size)),
            VisionSize = config.Clip.ImageSize,
            VisionPixels = config.TextFusion == TextFusion.Vta && !clip.IsAligned && tokens is not { IsKnown: true } ? VisionPixels(clip.Frames) : null,
            PreMask = PreMask(clip, mode),
            Ids = Ids(clip.Prompts),
            Stage1Mask = config.Task == SegmentationTask.Avss ? [.. clip.Stage1Masks!.SelectMany(m => Sounding(m.ResizeNearest(size, size)))] : null,
            CachedVisionTokens = tokens,
            AudioEmbedding = clip.AudioEmbedding,
            CachedAudioEmbedding = clip.AudioEmbedding is null ? frozen?.AudioEmbedding(clip.Examples) : null,
        };
    }

    /// <summary>Frames as CLIP reads them (T,3,S,S), S being the side of its images.</summary>
    public float[] VisionPixels(IReadOnlyList<Image> frames) =>
        Pictures(frames, config.Clip.ImageSize, (frame, pixels) => ClipImageProcessor.Process(frame, pixels, config.Clip.ImageSize));

    /// <summary>The tokens of prompts.</summary>
    public long[] Ids(Prompts prompts) => Array.ConvertAll(tokenizer.Encode(prompts, config.Text.MaxPositionEmbeddings), id => (long)id);

    /// <summary>Whether the binary stage's masks are needed to prepare clips with that mask.</summary>
    public static bool NeedsStage1(SspConfig config, InferenceMaskMode mode) => config.Task == SegmentationTask.Avss || mode == InferenceMaskMode.Stage1;

    private static MaskStack PreMask(ClipFrames clip, InferenceMaskMode mode)
    {
        MaskStack optical = clip.OpticalMask;
        var preMask = new MaskStack(optical.Frames, optical.Height, optical.Width);
        for (int i = 0; i < optical.Frames; i++)
        {
            float[] stage1 = mode == InferenceMaskMode.Stage1 ? Sounding(clip.Stage1Masks![i].ResizeNearest(optical.Width, optical.Height)) : [];
            FusedMasks.InferenceMask(mode, optical[i], stage1, preMask[i]);
        }
        return preMask;
    }

    private static float[] Pictures(IReadOnlyList<Image> frames, int size, PictureProcessor process)
    {
        int length = 3 * size * size;
        float[] pixels = new float[frames.Count * length];
        for (int i = 0; i < frames.Count; i++)
            process(frames[i], pixels.AsSpan(i * length, length));
        return pixels;
    }

    private static float[] Sounding(LabelMap labels) => Array.ConvertAll(labels.Labels, l => l != 0 ? 1f : 0f);

    private delegate void PictureProcessor(Image frame, Span<float> pixels);
}
