using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;
using SspNative.Model.Weights;

namespace SspNative.Model.Pipeline;

/// <summary>
/// The networks of one SSP, loaded in turn: VGGish, which runs over a clip's sound, CLIP and the alignment's encoder, which run over its frames, and the
/// one that segments frame by frame. Nothing attends across time, so a clip of any length takes the memory of one frame; and each
/// network runs over the whole clip before the next, so that no two need be held at once.
/// </summary>
/// <param name="config">Sizes.</param>
/// <param name="weights">Where the weights come from; stays the caller's.</param>
/// <param name="inference">What its frames are multiplied with unless a caller says otherwise.</param>
/// <param name="tokenizer">The tokenizer that it was trained with.</param>
/// <param name="device">Where it runs.</param>
/// <param name="hasSound">Whether VGGish is its own; else it takes the embeddings of the pass after it.</param>
/// <param name="keeps">Whether networks stay loaded when their turn is over.</param>
internal sealed class SspNetworks(
    SspConfig config, WeightFiles weights, InferenceSettings inference, PromptTokenizer tokenizer, IDevice device, bool hasSound, bool keeps) : IDisposable
{
    // VGGish examples run at a time.
    internal const int ExamplesAtOnce = 8;

    private readonly ClipPreparer _preparer = new(config, tokenizer);
    private readonly GraphedNetwork<Vggish, Tensor> _vggish = new(
        weights, device, root => Ssp.MakeVggish(root, config), (vggish, x) => vggish.Forward(x[0]));

    private readonly GraphedNetwork<ClipVision, ClipVisionOutput> _clipVision = new(
        weights, device, root => Ssp.MakeClipVision(root, config), (vision, x) => vision.Forward(x[0]));

    private readonly LoadedNetwork<VtaEncoder> _vtaEncoder = new(weights, device, root => Ssp.MakeVtaEncoder(root, config));

    private readonly GraphedNetwork<Ssp, SspOutput> _ssp = new(
        weights, device, root => new Ssp(root, config, encodes: false), (ssp, x) => ssp.Forward(WordlessInputs(config, x)));

    public SspConfig Config => config;

    public WeightFiles Weights => weights;

    public IDevice Device => device;

    public InferenceSettings Inference => inference;

    /// <summary>Whether VGGish is its own; else it takes the embeddings of the pass after it.</summary>
    public bool HasSound => hasSound;

    /// <summary>Asks for every parameter without loading any, so that one error lists all that is missing.</summary>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public void RequireComplete()
    {
        using ProfilerSpan span = Profiler.Stage("check weights");
        using var store = new ParameterStore(new ShapesOnlySource(weights), new CountingDevice());
        _ = new Ssp(store.Root, config);
        if (hasSound)
            _ = Ssp.MakeVggish(store.Root, config);
        store.ThrowIfIncomplete();
    }

    /// <summary>VGGish's embedding (128) of the sound of each frame, in order.</summary>
    /// <param name="examples">Log-mel examples (96,64), one a frame.</param>
    /// <exception cref="InvalidDataException">The numbers are not finite.</exception>
    public SpooledSound EmbedSound(IEnumerable<float[]> examples)
    {
        SpooledSound? embeddings = null;
        try
        {
            foreach (float[][] part in examples.Chunk(ExamplesAtOnce))
            {
                using var scope = new TensorScope();
                Tensor sound = Tensor.FromArray(part.SelectMany(e => e).ToArray(), [part.Length, 1, LogMel.Frames, LogMel.Bands], device);
                float[] values = FiniteCheck.Require(_vggish.Run(sound), "sound embeddings").ToArray();
                int length = values.Length / part.Length;
                embeddings ??= new SpooledSound(length);
                for (int k = 0; k < part.Length; k++)
                    embeddings.Append(values.AsSpan(k * length, length));
            }
            return embeddings ?? throw new InputException("no frame could be decoded");
        }
        catch
        {
            embeddings?.Dispose();
            throw;
        }
        finally
        {
            _vggish.Release(keeps);
        }
    }

    /// <summary>Whether frames are aligned with text before they are segmented.</summary>
    public bool Aligns => config.TextFusion == TextFusion.Vta;

    /// <summary>What CLIP's view and the text add to the final features of each frame. For networks that <see cref="Aligns"/>.</summary>
    /// <param name="frames">The frames, in order.</param>
    /// <param name="prompts">What a language model said of the clip.</param>
    /// <param name="step">Called twice for each frame.</param>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public AlignedFrames Align(IEnumerable<Image> frames, Prompts prompts, Action step)
    {
        using SpooledTensors tokens = EncodeFrames(frames, step);
        var aligned = new AlignedFrames();
        try
        {
            VtaEncoder encoder = _vtaEncoder.Load();
            for (int t = 0; t < tokens.Count; t++, step())
            {
                using var scope = new TensorScope();
                (Tensor ids, Tensor real) = PreparedClip.Words(_preparer.Ids(prompts), device);
                aligned.Append(encoder.Forward(new(tokens.Read(t, device), ids, real)).Terms);
            }
            return aligned;
        }
        catch
        {
            aligned.Dispose();
            throw;
        }
        finally
        {
            _vtaEncoder.Release(keeps);
        }
    }

    // CLIP's last hidden state of each frame.
    private SpooledTensors EncodeFrames(IEnumerable<Image> frames, Action step)
    {
        SpooledTensors? tokens = null;
        try
        {
            using var prepared = new ReadAhead<float[]>(frames.Select(frame => _preparer.VisionPixels([frame])), 1);
            foreach (float[] values in prepared.Items())
            {
                using var scope = new TensorScope();
                int side = config.Clip.ImageSize;
                Tensor pixels = Tensor.FromArray(values, [1, 3, side, side], device);
                Tensor seen = _clipVision.Run(pixels).LastHiddenState;
                (tokens ??= new SpooledTensors(seen.Shape)).Append(seen);
                step();
            }
            return tokens ?? throw new InputException("no frame could be decoded");
        }
        catch
        {
            tokens?.Dispose();
            throw;
        }
        finally
        {
            _clipVision.Release(keeps);
        }
    }

    /// <summary>A frame as the network that segments reads it, ready for the device; on any thread.</summary>
    /// <param name="frame">One frame, with its sound embedded.</param>
    /// <param name="mode">What it is multiplied with.</param>
    public PreparedClip Prepare(ClipFrames frame, InferenceMaskMode mode) => _preparer.Prepare(frame, mode);

    /// <summary>What sounds in a frame: a mask of the frame's size.</summary>
    /// <param name="prepared">The frame, by <see cref="Prepare"/>.</param>
    /// <param name="picture">The frame itself.</param>
    /// <param name="alignment">What was made of it by <see cref="Align"/>; null where they do not.</param>
    /// <param name="index">Which frame of the clip it is.</param>
    /// <exception cref="InvalidDataException">The numbers are not finite.</exception>
    public SegmentedMask Segment(PreparedClip prepared, Image picture, AlignedFrames? alignment, int index)
    {
        using var scope = new TensorScope();
        SspOutput output = Forward(prepared.Inputs(null, null, device) with { Alignment = alignment?.Read(index, device) });
        return MaskPostprocessor.Segment(output, prepared.Size, picture.Height, picture.Width, config.Task == SegmentationTask.Avs)[0];
    }

    private SspOutput Forward(SspInputs inputs)
    {
        // Where the decoder reads words, the host chooses for each frame what of them it must not see.
        if (config.TextFusion == TextFusion.Attention || config.Vta is { TextKeys: true })
            return _ssp.Load().Forward(inputs);
        Tensor?[] numbers = [inputs.PixelValues, inputs.PreMask, inputs.AudioEmbedding, inputs.Alignment?.Visual, inputs.Alignment?.Textual, inputs.Stage1Mask];
        return _ssp.Run([.. numbers.OfType<Tensor>()]);
    }

    // The inputs again of the numbers that a run is given. Words are in the alignment, or not used.
    private static SspInputs WordlessInputs(SspConfig config, Tensor[] numbers) => new(
        PixelValues: numbers[0],
        PreMask: numbers[1],
        VisionPixelValues: null,
        InputIds: null,
        AttentionMask: null,
        AudioEmbedding: numbers[2],
        Stage1Mask: config.Task == SegmentationTask.Avss ? numbers[^1] : null)
    {
        Alignment = config.TextFusion == TextFusion.Vta ? new VtaTerms(numbers[3], numbers[4]) : null,
    };

    /// <summary>Frees the network that segments, unless networks stay loaded.</summary>
    public void EndSegmenting() => _ssp.Release(keeps);

    public void Dispose()
    {
        _vggish.Release(keep: false);
        _clipVision.Release(keep: false);
        _vtaEncoder.Release(keep: false);
        _ssp.Release(keep: false);
    }
}
